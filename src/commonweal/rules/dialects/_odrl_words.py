"""The words of ODRL and of the profiles that are read, and what each means in acts and duties."""

from __future__ import annotations

from commonweal.rules.dialects._jsonld import CC, ODRL, TDM
from commonweal.rules.vocabulary import USES, Act

PROFILE = "urn:x-commonweal:odrl:1"
CW = f"{PROFILE}:"


def words(text: str, prefix: str = ODRL) -> frozenset[str]:
    """Return the IRIs of words of a vocabulary."""
    return frozenset(prefix + word for word in text.split())


TDM_PROFILES = {"http://www.w3.org/ns/tdmrep", "http://www.w3.org/ns/tdmrep/", TDM, TDM + "policy"}
PROFILES = {PROFILE, *TDM_PROFILES, ODRL + "core", ODRL + "core/", "https://w3c.github.io/odrl/ai-vocab/",
            "https://w3c.github.io/odrl/ai-vocab"}  # fmt: skip

_TRAIN = frozenset({Act.TRAIN_GEN, Act.TRAIN_DISC})
LEAVES: dict[str, frozenset[Act]] = {
    **{CW + act: frozenset({act}) for act in Act},
    TDM + "mine": _TRAIN | {Act.MINE},
    # The draft AI vocabulary: data-mining holds ai-training and ai-augment, ai-training holds gen-ai.
    ODRL + "data-mining": _TRAIN | {Act.MINE, Act.GROUND},
    ODRL + "ai-training": _TRAIN,
    ODRL + "gen-ai": frozenset({Act.TRAIN_GEN}),
    ODRL + "ai-augment": frozenset({Act.GROUND}),
    ODRL + "index": frozenset({Act.INDEX}),
    ODRL + "search": frozenset({Act.SEARCH}),
    ODRL + "distribute": frozenset({Act.REDISTRIBUTE}),
    CC + "Distribution": frozenset({Act.REDISTRIBUTE}),
}
"""What permitting an action grants. Not `use`: it is older than these machines, and names none of them."""
REFUSES = LEAVES | {
    ODRL + "use": USES,
    ODRL + "share": frozenset({Act.REDISTRIBUTE}),
    CC + "Sharing": frozenset({Act.REDISTRIBUTE}),
}
"""What prohibiting an action refuses."""
COMMERCIAL = {ODRL + "commercialize", ODRL + "CommercialUse", CC + "CommercialUse"}
APART = words(
    "acceptTracking adHocShare annotate append appendTo attachPolicy attachSource attribute compensate "
    "concurrentUse digitize display ensureExclusivity give grantUse inform lease lend license move "
    "nextPolicy obtainConsent pay play present preview print reviewPolicy sell stream synchronize "
    "textToSpeech transfer uninstall unmark watermark write writeTo"
)
"""Prohibiting these takes nothing from any act."""
REFUSABLE = REFUSES.keys() | COMMERCIAL | APART
OWED = {
    ODRL + "attribute": "attribute", CC + "Attribution": "attribute", ODRL + "compensate": "pay",
    ODRL + "inform": "report", CW + "watermark": "watermark", ODRL + "obtainConsent": "consent",
    ODRL + "delete": "delete",
}  # fmt: skip
"""Actions of duties, and the duty in terms."""
SHARE_ALIKE = {CC + "ShareAlike", ODRL + "shareAlike", ODRL + "ShareAlike"}
PURPOSES = {
    TDM + "research": "research",
    "tdm:research": "research",
    "tdm:non-research": TDM + "non-research",
}
AXES = {CW + "partyClass": "parties", ODRL + "spatial": "geo", ODRL + "purpose": "purposes",
        CW + "partyName": "names"}  # fmt: skip
WORKS = {
    (CW + "path", ODRL + "isAnyOf"): "urls",
    (CW + "path", ODRL + "isNoneOf"): "but",
    (CW + "id", ODRL + "isAnyOf"): "ids",
    (CW + "dataset", ODRL + "isAnyOf"): "datasets",
}

# What may stand where: any other word of ODRL or of the profile may limit what is said.
POLICY_KEYS = words("profile conflict permission prohibition obligation assigner assignee target action "
                    "constraint inheritAllowed undefined") | words("url contract", CW)  # fmt: skip
RULE_KEYS = words("target action constraint duty remedy assigner assignee output") | words(
    "notice cure after note", CW
)
DUTY_KEYS = words("target action assigner assignee consequence compensatedParty consentingParty "
                  "attributedParty informedParty trackingParty")  # fmt: skip
KINDS = words("Policy Set Offer Agreement Assertion Request Privacy Ticket")
RULES = words("permission prohibition obligation")
