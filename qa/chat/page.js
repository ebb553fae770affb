// Runs once in the text's element. Gradio gives `element`, `trigger`, which calls the handler of
// that name in page.py, and `watch`. What the server has to say comes as letters, in `qa-mail`.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const behavior = () => (calm.matches ? "auto" : "smooth");
const region = element.querySelector("[role=region]");
const CHAT = `brief-qa:chat:${region.dataset.brief}`;
const VISITOR = "brief-qa:visitor";
const DRAFT = "brief-qa:draft";
const CLEARED = `${CHAT}:cleared`;
const BOX = "#qa-question textarea";

// What the browser keeps. Where it keeps nothing (a private window), the page works without.

function read(store, key) {
  try {
    return store.getItem(key);
  } catch {
    return null;
  }
}

function write(store, key, value) {
  try {
    store.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

function turnsIn(store, key) {
  try {
    const turns = JSON.parse(read(store, key) ?? "[]");
    return Array.isArray(turns) ? turns : [];
  } catch {
    return [];
  }
}

const keptTurns = () => turnsIn(localStorage, CHAT);

// Read anew each time: another tab may have kept turns of its own meanwhile.
function keepTurn(turn) {
  let turns = keptTurns();
  const place = turns.findIndex((one) => one?.id === turn.id);
  if (place < 0) turns.push(turn);
  else turns[place] = turn;
  while (turns.length && !write(localStorage, CHAT, JSON.stringify(turns))) {
    turns = turns.slice(Math.ceil(turns.length / 4)); // no room: the oldest go
  }
}

const letters = {
  visitor: ({ name }) => {
    write(localStorage, VISITOR, name);
    element.dataset.arrived = ""; // all is shown now
    // What the link asked is asked: to reload, or to clear, asks it no more.
    const here = new URL(location.href);
    here.searchParams.delete("q");
    history.replaceState(history.state, "", here);
  },
  keep: ({ turn }) => {
    keepTurn(turn);
    write(sessionStorage, DRAFT, "");
  },
  clear: () => {
    write(sessionStorage, CLEARED, JSON.stringify(keptTurns()));
    write(localStorage, CHAT, "[]");
  },
  done: ({ turn, said }) => tell(document.querySelector(`[data-turn="${turn}"]`), said),
  file: ({ name, type, text }) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },
};

document.addEventListener("qa-mail", (event) => {
  for (const letter of JSON.parse(event.detail).letters) letters[letter.kind](letter);
});

document.addEventListener("input", (event) => {
  if (event.target.matches(BOX)) write(sessionStorage, DRAFT, event.target.value);
});

// What is shown anew may take away what had the focus: then it goes to what that stood in.
let focused = null;
let refuge = () => null;

document.addEventListener("pointerdown", () => (focused = null));

document.addEventListener("focusin", ({ target }) => {
  focused = target;
  const turn = target.closest("[data-turn]")?.dataset.turn;
  const around = target.closest("[role=region]");
  if (turn) refuge = () => document.querySelector(`[data-turn="${turn}"]`);
  else if (around) refuge = () => around;
  else if (target.closest("#qa-log")) refuge = () => document.querySelector(BOX);
  else refuge = () => null;
  // To type in the picker is to look for another document.
  if (target.matches("#qa-picker input")) setTimeout(() => target.select());
});

function keepFocus() {
  if (!focused || focused.isConnected || document.activeElement !== document.body) return;
  focused = null;
  refuge()?.focus({ preventScroll: true });
}

// Going to places in the text.

let going = 0; // until when a text is on its way, for a place in it
let marking = ""; // the earlier turn that the text is marked for; none: the last one

// Gradio brings a tab to the front, and a text into it, in steps of its own.
function soon(does) {
  const until = performance.now() + 3000;
  const look = () => {
    if (!does() && performance.now() < until) requestAnimationFrame(look);
  };
  look();
}

function showReply() {
  if (performance.now() < going) return;
  marking = "";
  soon(scrollToReply);
}

function scrollToReply() {
  if (!region.offsetParent) return false; // another tab is in front
  const target =
    region.querySelector("mark.qa-answer") ?? region.querySelector(".qa-rank-1");
  if (!target) {
    region.scrollTo({ top: 0, behavior: behavior() });
    return true;
  }
  // Only the pane scrolls: on a narrow screen the page stays at the reply.
  const offset = target.getBoundingClientRect().top - region.getBoundingClientRect().top;
  region.scrollTo({
    top: region.scrollTop + offset - region.clientHeight / 3,
    behavior: behavior(),
  });
  return true;
}

// The text is marked for the reply whose citation is followed.
function goTo(id, reply) {
  const last = [...document.querySelectorAll("#qa-log .qa-reply")].at(-1);
  const turn = !reply ? marking : reply === last ? "" : reply.dataset.turn;
  if (turn === marking && arrive(id)) return;
  going = performance.now() + 3000;
  trigger("open", {
    place: id,
    document: id.match(/^qa-(.*)-\d+$/)?.[1] ?? "",
    turn,
  });
}

function arrive(id) {
  const target = document.getElementById(id);
  if (!target?.offsetParent) return false;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center", behavior: behavior() });
  return true;
}

letters.go = ({ place, turn }) => {
  marking = turn;
  soon(() => {
    if (!arrive(place)) return false;
    going = 0;
    return true;
  });
};

// What is clicked in a reply, in the text or among the documents.

function tell(reply, text) {
  const place = reply?.querySelector(".qa-done");
  if (!place) return;
  place.textContent = text;
  clearTimeout(place.fading);
  place.fading = setTimeout(() => (place.textContent = ""), 6000);
}

async function copy(text, reply) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only a page on this machine, or over HTTPS, may use the clipboard directly.
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  tell(reply, "Copied.");
}

function linkTo(question) {
  return `${location.origin}${location.pathname}?q=${encodeURIComponent(question)}`;
}

const buttons = {
  "qa-copy": (button, reply) => copy(button.dataset.copy, reply),
  "qa-link": (button, reply) => copy(linkTo(button.dataset.question), reply),
  "qa-thumb": (button, reply) =>
    trigger("like", { turn: reply.dataset.turn, way: button.dataset.way }),
  "qa-alone": (button, reply) => trigger("alone", { turn: reply.dataset.turn }),
  "qa-export": (button) => trigger("export", { form: button.dataset.form }),
  "qa-show-receipt": (button) => trigger("receipt", { document: button.dataset.document }),
  "qa-undo": () => {
    const since = keptTurns(); // another tab's
    const cleared = turnsIn(sessionStorage, CLEARED);
    const ids = new Set(cleared.map((turn) => turn?.id));
    const turns = [...cleared, ...since.filter((turn) => !ids.has(turn?.id))];
    write(localStorage, CHAT, JSON.stringify(turns));
    letters.come({ asked: "" });
  },
  "qa-back": () => trigger("receipt", { document: "" }),
  "qa-remove": (button) => trigger("remove", { document: button.dataset.document }),
  "qa-restore": (button) =>
    trigger("restore", {
      document: button.dataset.document,
      block: button.dataset.block,
    }),
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.qa-cite");
  if (link) {
    // A plain #anchor would reload the page: Gradio sets <base>, which drops the query.
    event.preventDefault();
    goTo(link.getAttribute("href").slice(1), link.closest(".qa-reply"));
    return;
  }
  const button = event.target.closest("button");
  for (const name of button?.classList ?? []) {
    buttons[name]?.(button, button.closest(".qa-reply"));
  }
  const passage = event.target.closest("[data-goto]");
  if (passage && !button && getSelection().isCollapsed) {
    goTo(passage.dataset.goto, passage.closest(".qa-reply"));
  }
});

// A new question is brought to the top of the chat, so that its reply is read from its start.
let newest = "";
let rising = null;
new MutationObserver(() => {
  const replies = document.querySelectorAll("#qa-log .qa-reply");
  const shown = [...replies].at(-1)?.dataset.turn ?? "";
  if ((shown && shown !== newest) || rising) {
    // Of a long chat every message moves up by one, in steps of Gradio's: look after the last.
    clearTimeout(rising);
    rising = setTimeout(bringUp, 60);
  }
  newest = shown;
  keepFocus();
}).observe(element.closest("#qa-columns"), { childList: true, subtree: true });

function bringUp() {
  rising = null;
  const pane = document.querySelector("#qa-log [role=log]");
  const asked = [...(pane?.querySelectorAll(".qa-asked") ?? [])].at(-1);
  if (!asked) return;
  const offset = asked.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  pane.scrollTo({ top: pane.scrollTop + offset - 8, behavior: behavior() });
}

watch("value", showReply);

// Again too where the server does not know this tab any more (it slept long, say).
letters.come = ({ asked, again = "", link = "" }) =>
  trigger("come", {
    again,
    link,
    visitor: read(localStorage, VISITOR) ?? "",
    turns: keptTurns(),
    draft: read(sessionStorage, DRAFT) ?? "",
    asked,
  });

letters.come({ asked: new URLSearchParams(location.search).get("q") ?? "", link: "yes" });
