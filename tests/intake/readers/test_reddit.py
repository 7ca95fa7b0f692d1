"""Reddit: works by the columns of their files, lists kept, log-ins, messages and payments refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonweal.errors import InputError
from exports import bring, same_from_folder

POSTS = (
    "id,permalink,date,ip,subreddit,gildings,title,url,body\n"
    "p1,https://www.reddit.com/r/anvils/comments/p1/a/,2021-06-12 10:21:42 UTC,192.0.2.7,anvils,0,A horn,"
    'https://example.org/horn,"Two lines,\nand a ""quote""."\n'
    "p2,https://www.reddit.com/r/anvils/comments/p2/b/,2020-01-01 00:00:00 UTC,,anvils,2,Older,,\n"
)
COMMENTS = (
    "id,permalink,date,ip,subreddit,gildings,link,parent,body,media\n"
    "c1,https://x/c1,2021-06-13 09:00:00 UTC,192.0.2.7,anvils,0,https://x/p9,t1_c0,Agreed.,\n"
    "c2,https://x/c2,2021-06-13 09:01:00 UTC,,anvils,0,https://x/p9,,To the post.,\n"
)
FILES = {"posts.csv": POSTS, "comments.csv": COMMENTS}
SENSITIVE = {
    "ip_logs.csv": ("date,ip\nregistration ip,192.0.2.1\n", "logins"),
    "linked_identities.csv": ("issuer_id,subject_id\ng,1\n", "logins"),
    "linked_phone_number.csv": ("phone_number\n+15550100\n", "logins"),
    "persona.csv": ("persona_inquiry_id\n1\n", "logins"),
    "statistics.csv": ("statistic,value\nemail address,a@example.org\n", "logins"),
    "birthdate.csv": ("birthdate,verified_birthdate,verification_state\n1990-01-01,,\n", "logins"),
    "account_gender.csv": ("account_gender\n\n", "logins"),
    "twitter.csv": ("username\nsmith\n", "logins"),
    "messages.csv": ("id,permalink,thread_id,date,ip,from,to,subject,body\nm,,t,,,a,b,s,Hi\n", "messages"),
    "message_headers.csv": ("id,permalink,thread_id,date,ip,from,to\nm,,t,,,a,b\n", "messages"),
    "chat_history.csv": (
        "message_id,created_at,updated_at,username,message,thread_parent_message_id,channel_url\n1,,,a,Hi,,u\n",
        "messages",
    ),
    "purchases.csv": ("processor,transaction_id,product,date,cost,currency,status\np,1,,,,,\n", "payments"),
    "subscriptions.csv": ("processor,subscription_id,product\np,1,\n", "payments"),
    "payouts.csv": ("payout_amount_usd,date,payout_id\n1,,2\n", "payments"),
    "stripe.csv": ("stripe_account_id\nacct\n", "payments"),
}
LISTS = {
    "saved_posts.csv": "id,permalink\np9,https://x/p9\n",
    "comment_votes.csv": "id,permalink,direction\nc9,https://x/c9,up\n",
    "poll_votes.csv": "post_id,user_selection,text,image_url,is_prediction,stake_amount\n1,2,,,,\n",
    "subscribed_subreddits.csv": "subreddit\nanvils\n",
    "multireddits.csv": "id,display_name,date,description,privacy,subreddits\n1,m,,,,a\n",
    "friends.csv": "username,note\nb,\n",
    "gilded_content.csv": "content_link,award,amount,date\nl,,,\n",
    "announcements.csv": "announcement_id,sent_at,read_at\n1,,\n",
    "sensitive_ads_preferences.csv": "type,preference\nalcohol,off\n",
    "user_preferences.csv": "preference,value\nnightmode,on\n",
}


def test_posts_and_comments_are_works_in_the_order_of_the_export(tmp_path: Path) -> None:
    found = bring(tmp_path, FILES)
    works = found.rows("work")
    assert [(w["kind"], w["native_id"], w["title"], w["text"]) for w in works] == [
        ("post", "p1", "A horn", 'Two lines,\nand a "quote".'),
        ("post", "p2", "Older", ""),
        ("comment", "c1", None, "Agreed."),
        ("comment", "c2", None, "To the post."),
    ]
    assert [w["in_reply_to"] for w in works] == [None, None, "t1_c0", "https://x/p9"]
    assert works[0]["created_us"] == 1623493302_000_000
    assert {w["time_quality"] for w in works} == {"exact"}
    assert json.loads(works[0]["json"])["url"] == "https://example.org/horn"


def test_an_address_beside_a_post_is_kept_only_if_asked_for(tmp_path: Path) -> None:
    found = bring(tmp_path, FILES)
    assert not any("192.0.2.7" in (w["json"] or "") for w in found.rows("work"))
    assert sum(n for (_, reason), n in found.ledger.losses.items() if "network addresses" in reason) == 2
    (asked := tmp_path / "asked").mkdir()
    assert "192.0.2.7" in bring(asked, FILES, include=["logins"]).rows("work")[0]["json"]


def test_a_zip_in_a_folder_and_a_folder_give_the_same_rows(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {f"export_me_20260801/{k}": v for k, v in FILES.items()})


@pytest.mark.parametrize("name", SENSITIVE)
def test_sensitive_files_are_refused_unless_their_kind_is_asked_for(tmp_path: Path, name: str) -> None:
    text, kind = SENSITIVE[name]
    found = bring(tmp_path, {**FILES, name: text})
    assert found.rows("asset") == []
    assert [reason for path, reason in found.ledger.losses if path == name and f"--include {kind}" in reason]
    (asked := tmp_path / "asked").mkdir()
    kept = bring(asked, {**FILES, name: text}, include=[kind])
    assert [a["path"] for a in kept.rows("asset")] == [name]


def test_lists_are_kept_as_files_and_what_repeats_is_left(tmp_path: Path) -> None:
    left = {
        "post_headers.csv": "id,permalink,date,ip,subreddit,gildings,url\np1,,,,,,\n",
        "comment_headers.csv": "id,permalink,date,ip,subreddit,gildings,link,parent\nc1,,,,,,,\n",
        "checkfile.csv": "filename,sha256\nposts.csv,00\n",
    }
    found = bring(tmp_path, {**FILES, **LISTS, **left, "new.csv": "strange,columns\n1,2\n"})
    assert sorted(a["path"] for a in found.rows("asset")) == sorted(LISTS)
    listed = {path for path, _ in found.ledger.losses}
    assert set(left) <= listed
    assert ("new.csv", "a file that no reader knows (csv)") in found.ledger.losses


def test_drafts_are_works_that_are_not_published(tmp_path: Path) -> None:
    drafts = {
        "drafts.csv": (
            "id,title,body,kind,created,spoiler,nsfw\n"
            "d,T,Unfinished,markdown,2021-01-01 00:00:00 UTC,false,\n"
        ),
        "scheduled_posts.csv": "scheduled_post_id,subreddit,title,body,url\ns,a,S,Soon,\n",
    }
    works = bring(tmp_path, {**FILES, **drafts}).rows("work")[4:]
    assert [(w["text"], w["visibility"], w["native_id"]) for w in works] == [
        ("Unfinished", "draft", "d"),
        ("Soon", "draft", "s"),
    ]


def test_a_row_that_does_not_fit_its_header_is_kept_whole(tmp_path: Path) -> None:
    uneven = COMMENTS + "c3,u,,,a,0,l,,Text,m,more,and more\n,,,,\nc4\n"
    found = bring(tmp_path, {**FILES, "comments.csv": uneven})
    works = found.rows("work")
    assert [w["native_id"] for w in works[4:]] == ["c3", "c4"]
    assert json.loads(works[4]["json"])["beyond the header"] == ["more", "and more"]


def test_a_quote_that_never_closes_costs_what_is_in_it_and_is_listed(tmp_path: Path) -> None:
    spoilt = COMMENTS + 'c3,u,,,a,0,l,,"never closed\n' + "filler\n" * 30_000 + "c4,u,,,a,0,l,,After.,\n"
    found = bring(tmp_path, {**FILES, "comments.csv": spoilt})
    assert any("no CSV" in reason for _, reason in found.ledger.losses)
    assert "After." in [w["text"] for w in found.rows("work")]


def test_a_csv_of_others_is_not_taken_for_reddit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no reader knows this"):
        bring(tmp_path, {"posts.csv": "id,title,body,date\n1,a,b,c\n"})
