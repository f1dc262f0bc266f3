// The phone of the demonstration. Everything it knows lives in this page and is gone with it: no storage, no cookies.

const texts = JSON.parse(document.getElementById("texts").textContent);
const phone = document.querySelector(".phone");
const talk = document.getElementById("talk");
const typed = document.getElementById("typed");
const pin = document.getElementById("pin");
const rows = document.getElementById("rows");
const rowsList = document.getElementById("rows-list");

const ELBASAN = { latitude: 41.1125, longitude: 20.0822 }; // what the pin button sends
const state = { token: "", channel: "sms", language: document.documentElement.lang, waiting: null, round: 0, sent: 0 };

const text = (name) => texts[state.language][name];

// --- drawing ------------------------------------------------------------------------------------------------------

function add(tag, kind, words) {
  const element = document.createElement(tag);
  element.className = kind;
  if (words) element.textContent = words;
  talk.append(element);
  talk.scrollTop = talk.scrollHeight;
  return element;
}

function bubble(whose, words) {
  return add("div", `message ${whose}`, words);
}

function closeOptions() {
  for (const button of talk.querySelectorAll(".options button")) button.disabled = true;
}

function optionButton(label, tapped) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", tapped);
  return button;
}

// WhatsApp shows at most three buttons below a message, or one button that opens a list.
function drawButtons(options) {
  const box = add("div", "options");
  for (const option of options) box.append(optionButton(cut(option.label, 20), () => tap(option)));
  talk.scrollTop = talk.scrollHeight;
}

function drawList(options) {
  const box = add("div", "options");
  box.append(optionButton(text("choose"), () => openRows(options)));
  talk.scrollTop = talk.scrollHeight;
}

function openRows(options) {
  rowsList.replaceChildren(
    ...options.map((option) =>
      optionButton(cut(option.label, 24), () => {
        rows.close();
        tap(option);
      }),
    ),
  );
  rows.showModal();
}

function cut(label, most) {
  return label.length <= most ? label : `${label.slice(0, most - 1)}…`;
}

function draw(answer) {
  if (answer.form === "") return;
  if (answer.form === "text") bubble("ours", answer.text);
  else bubble("ours", answer.body);
  if (answer.form === "buttons") drawButtons(answer.options);
  if (answer.form === "list") drawList(answer.options);
  if (answer.parts) add("p", "aside", `${text("parts")} ${answer.parts}`);
  if (answer.later) {
    add("p", "aside", text("later"));
    bubble("ours", answer.later);
  }
}

// --- sending ------------------------------------------------------------------------------------------------------

function tap(option) {
  send({ payload: option.payload, text: option.label }, option.label);
}

async function send(asked, shown) {
  if (state.waiting) return;
  closeOptions();
  talk.querySelector(".hint")?.remove();
  bubble("theirs", shown);
  const round = state.round;
  const typing = add("p", "aside", `Besa ${text("typing")}`);
  state.waiting = typing;
  state.sent += 1;
  const message = { channel: state.channel, token: state.token, key: `${round}-${state.sent}`, ...asked };
  const { answer, trouble } = await ask(message);
  typing.remove();
  if (round !== state.round) return; // the talk was started again meanwhile
  state.waiting = null;
  if (answer) {
    state.token = answer.token;
    draw(answer);
  } else {
    add("p", "trouble", text(trouble));
    typed.value = typed.value || asked.text || "";
  }
}

async function ask(message) {
  try {
    const response = await fetch("message", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(message),
      credentials: "omit",
      signal: AbortSignal.timeout(15000),
    });
    if (response.ok) return { answer: await response.json() };
    return { trouble: response.status === 429 ? "busy" : "broken" };
  } catch {
    return { trouble: "broken" };
  }
}

// --- the page itself ----------------------------------------------------------------------------------------------

function startAgain() {
  state.round += 1;
  state.token = "";
  state.waiting = null;
  rows.close();
  talk.replaceChildren();
  add("p", "hint", text("hint")).dataset.text = "hint";
  typed.value = "";
  typed.focus();
}

function press(name, value) {
  for (const button of document.querySelectorAll(`button[data-${name}]`)) {
    button.setAttribute("aria-pressed", String(button.dataset[name] === value));
  }
}

function showChannel(channel) {
  if (channel === state.channel) return;
  state.channel = channel;
  phone.dataset.channel = channel;
  pin.hidden = channel !== "whatsapp";
  press("channel", channel);
  startAgain();
}

function showLanguage(language) {
  state.language = language;
  document.documentElement.lang = language;
  document.title = text("title");
  press("language", language);
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-hint]")) element.placeholder = text(element.dataset.hint);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
    if (element.hasAttribute("title")) element.title = text(element.dataset.label);
  }
}

function changeLook() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = root.dataset.look === "auto" ? (dark ? "dark" : "light") : root.dataset.look;
  root.dataset.look = now === "dark" ? "light" : "dark";
}

document.getElementById("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = typed.value.trim();
  if (!words || state.waiting) return;
  typed.value = "";
  send({ text: words }, words);
});
pin.addEventListener("click", () => send(ELBASAN, "📍 Elbasan"));
rows.addEventListener("click", (event) => {
  if (event.target === rows) rows.close();
});
document.getElementById("again").addEventListener("click", startAgain);
document.getElementById("look").addEventListener("click", changeLook);
for (const button of document.querySelectorAll(".pick button[data-channel]")) {
  button.addEventListener("click", () => showChannel(button.dataset.channel));
}
for (const button of document.querySelectorAll("button[data-language]")) {
  button.addEventListener("click", () => showLanguage(button.dataset.language));
}
typed.focus();
