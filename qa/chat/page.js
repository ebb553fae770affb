// Runs once in the brief's element (Gradio gives `element` and `watch`): after each reply the
// question and the quoted sentence are scrolled into view, and a citation or a passage goes to
// its place.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const behavior = () => (calm.matches ? "auto" : "smooth");

function showReply() {
  const pane = element.querySelector("[role=region]");
  const target =
    pane.querySelector("mark.qa-answer") ??
    pane.querySelector(".qa-rank-1");
  if (!target) {
    pane.scrollTo({ top: 0, behavior: behavior() });
    return;
  }
  // Only the pane scrolls: on a narrow screen the page stays at the reply.
  const offset = target.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  pane.scrollTo({ top: pane.scrollTop + offset - pane.clientHeight / 3, behavior: behavior() });
}

function goTo(id) {
  const target = document.getElementById(id);
  if (!target) return;
  target.closest("details")?.setAttribute("open", "");
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center", behavior: behavior() });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.qa-cite");
  if (link) {
    // A plain #anchor would reload the page: Gradio sets <base>, which drops the query.
    event.preventDefault();
    goTo(link.getAttribute("href").slice(1));
    return;
  }
  const passage = event.target.closest("[data-goto]");
  if (passage && getSelection().isCollapsed) goTo(passage.dataset.goto);
});

// A new question is brought to the top of the chat, so that its reply is read from its start.
let replies = 0;
new MutationObserver(() => {
  const shown = document.querySelectorAll("#qa-log .qa-reply").length;
  if (shown > replies) {
    const pane = document.querySelector("#qa-log [role=log]");
    const asked = [...pane.querySelectorAll(".qa-asked")].at(-1);
    const offset = asked.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    pane.scrollTo({ top: pane.scrollTop + offset - 8, behavior: behavior() });
  }
  replies = shown;
}).observe(element.closest("#qa-columns"), { childList: true, subtree: true });

watch("value", showReply);
