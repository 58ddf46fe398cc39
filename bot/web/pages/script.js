// Shows an answer while it is being written. Without this file the page loads itself
// again until the answer is there.
"use strict";
for (const turn of document.querySelectorAll("[data-events]")) {
  const answer = turn.querySelector(".answer");
  const events = new EventSource(turn.dataset.events);
  const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;
  events.addEventListener("part", (e) => {
    // What stands already is left alone, so that it is not read out again.
    const next = parse(e.data);
    const had = answer.querySelector(".prose, .points");
    const has = next.querySelector(".prose, .points");
    const n = had ? had.childNodes.length : 0;
    if (had && has && n > 0 && has.childNodes.length >= n && has.textContent.startsWith(had.textContent)) {
      had.append(...[...has.childNodes].slice(n));
    } else {
      answer.replaceChildren(...next.childNodes);
    }
  });
  events.addEventListener("whole", (e) => {
    events.close();
    answer.replaceChildren(...parse(e.data).childNodes);
    answer.removeAttribute("aria-busy");
  });
}
