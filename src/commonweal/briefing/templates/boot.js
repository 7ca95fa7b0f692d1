// Draw each chart again at the reader's width; the standing picture goes only when that has worked.
const embed = vegaEmbed;
for (const figure of document.querySelectorAll("figure[data-chart]")) {
  const spec = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const place = figure.querySelector(".live");
  place.hidden = false;
  embed(place, spec, { renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: { theme: "custom" } })
    .then((result) => {
      if (!place.querySelector("svg path, svg line")) throw new Error("nothing was drawn");
      place.querySelector("svg").setAttribute("aria-hidden", "true");
      figure.classList.add("drawn");
    })
    .catch((error) => {
      place.hidden = true;
      console.error(figure.id, error);
    });
}
