// The phone of the demonstration. Everything it knows lives in this page and is gone with it: no storage, no cookies.

const find = (id) => document.getElementById(id);
const { texts, towns } = JSON.parse(find("given").textContent);
const phone = document.querySelector(".phone");
const talk = find("talk");
const typed = find("typed");

const BETWEEN = 20; // seconds from one message to the next, in the time a prepared talk happens in
const PACE = { letter: 45, least: 1500, most: 7000, typing: 800 }; // milliseconds: reading, and the typing sign
const fresh = () => ({ token: "", waiting: false, sent: 0, at: null, player: null });
const state = { ...fresh(), channel: "sms", language: document.documentElement.lang, round: 0, why: false, told: null };

const text = (name) => texts[state.language][name];
const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function make(tag, kind, words) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (words) element.textContent = words;
  return element;
}

function button(label, pressed) {
  const made = make("button", "", label);
  made.type = "button";
  made.addEventListener("click", pressed);
  return made;
}

// --- drawing the talk ---------------------------------------------------------------------------------------------

function add(tag, kind, words) {
  const element = make(tag, kind, words);
  talk.append(element);
  talk.scrollTop = talk.scrollHeight;
  return element;
}

function bubble(whose, words) {
  const element = add("div", `message ${whose}`, words);
  const now = state.at === null ? new Date() : new Date(state.at * 1000);
  element.dataset.time = now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Tirane" });
  return element;
}

function pinBubble(latitude, longitude) {
  const town = towns.find((one) => Math.hypot(one.latitude - latitude, one.longitude - longitude) < 0.05);
  const element = bubble("theirs pinned", town ? town.name : `${latitude}, ${longitude}`);
  element.prepend(find("pin").querySelector("svg").cloneNode(true));
}

function closeOptions() {
  for (const option of talk.querySelectorAll(".options button")) option.disabled = true;
}

// WhatsApp shows at most three buttons below a message, or one button that opens a list.
function drawOptions(answer) {
  const box = add("div", `options ${answer.form}`);
  if (answer.form === "buttons") box.append(...answer.options.map((one) => button(one.title, () => tap(one))));
  else box.append(button(text("choose"), () => openRows(text("choose"), answer.options, tap)));
  talk.scrollTop = talk.scrollHeight;
}

function openRows(title, options, chosen) {
  find("rows-title").textContent = title;
  const rows = options.map((one) =>
    button(one.title ?? one.name, () => {
      find("rows").close();
      chosen(one);
    }),
  );
  find("rows-list").replaceChildren(...rows);
  find("rows").showModal();
}

function draw(answer) {
  if (answer.form !== "") {
    bubble("ours", answer.form === "text" ? answer.text : answer.body);
    if (answer.form !== "text") drawOptions(answer);
    if (answer.parts) add("p", "aside", `${text("parts")} ${answer.parts} · ${answer.encoding}`);
  }
  if (answer.later) {
    add("p", "aside would", text("later"));
    bubble("ours would", answer.later);
  }
  if (answer.why) drawWhy(answer.why);
  settle();
}

// The last answer from its first line on, or the end of the talk where all of it can be seen.
function settle() {
  const last = [...talk.querySelectorAll(".ours:not(.aside)")].at(-1);
  talk.scrollTop = last ? last.offsetTop - talk.offsetTop - 12 : 0;
}

// --- why it said that ---------------------------------------------------------------------------------------------

function part(title, ...lines) {
  const box = make("section");
  box.append(make("h3", "", title), ...lines.filter(Boolean));
  return box;
}

function line(noted) {
  const words = [text(`why_${noted.key}`), noted.names.join(", ")];
  if (noted.until) words.push(when(noted.until));
  const element = make("p", "", words.filter(Boolean).join(" "));
  if (noted.km !== null) element.append(make("b", "", ` ${noted.km < 0 ? "−" : "+"}${Math.abs(noted.km)}`));
  return element;
}

function when(seconds) {
  const how = { dateStyle: "short", timeStyle: "short", timeZone: "Europe/Tirane" };
  return new Date(seconds * 1000).toLocaleString("en-GB", how);
}

function codes(words) {
  const list = make("ul", "codes");
  list.append(...words.map((word) => make("li", "", word)));
  return list;
}

function weighed(service) {
  const box = make("div", "weighed");
  box.append(make("p", "", `${service.name}: `), ...service.reasons.map(line));
  box.firstChild.append(make("b", "", String(service.sum)));
  return box;
}

function drawWhy(why) {
  state.told = why;
  const understood = why.understood.length ? why.understood.map(line) : [make("p", "", text("why_nothing"))];
  const rules = why.rules.length ? [make("p", "", text("why_rules")), codes(why.rules)] : [];
  const boxes = [part(text("why_understood"), ...understood, ...rules), part(text("why_way"), codes(why.way))];
  if (why.chosen) {
    const next = why.next ? [make("p", "", text("why_next")), weighed(why.next)] : [];
    const refused = why.refused.map((one) =>
      make("p", "", `${text("why_refused")} ${one.names.join(", ")}: ${text(`why_${one.key}`)}.`),
    );
    boxes.push(part(text("why_service"), make("p", "", text("why_weight")), weighed(why.chosen), ...next, ...refused));
  }
  const cost = why.cents ? [make("p", "", `${text("why_cost")} ${why.cents.join("–")}`)] : [];
  boxes.push(part(text("why_kept"), ...why.kept.map(kept), ...cost));
  find("why-text").replaceChildren(...boxes);
}

function kept(noted) {
  const box = make("div");
  box.append(line({ ...noted, names: [] }));
  if (noted.names.length) box.append(codes(noted.names));
  return box;
}

function noWhy() {
  state.told = null;
  const empty = make("p", "", text("why_empty"));
  empty.dataset.text = "why_empty";
  find("why-text").replaceChildren(empty);
}

function toggleWhy() {
  state.why = !state.why;
  find("why").hidden = !state.why;
  find("open-why").setAttribute("aria-expanded", String(state.why));
  document.querySelector(".stage").classList.toggle("open", state.why);
  settle();
}

// --- sending ------------------------------------------------------------------------------------------------------

const tap = (option) => byHand({ payload: option.payload, text: option.label }, option.title);

function byHand(asked, shown) {
  if (state.waiting) return;
  if (state.player) endPlayer();
  if (state.at !== null) state.at += BETWEEN;
  send(asked, shown, 0);
}

// Resolves to the number of letters to read; nothing where the answer did not come, or the talk began anew.
async function send(asked, shown, typing) {
  closeOptions();
  talk.querySelector(".hint")?.remove();
  if (asked.latitude === undefined) bubble("theirs", shown);
  else pinBubble(asked.latitude, asked.longitude);
  const round = state.round;
  const sign = add("p", "aside typing", `Besa ${text("typing")}`);
  sign.setAttribute("aria-hidden", "true"); // who listens hears the answer, not that it is on its way
  state.waiting = true;
  state.sent += 1;
  const message = { channel: state.channel, token: state.token, key: `${round}-${state.sent}`, ...asked };
  if (state.at !== null) message.at = state.at;
  if (state.why) Object.assign(message, { why: true, language: state.language });
  const [{ answer, trouble }] = await Promise.all([ask("message", message), sleep(typing)]);
  sign.remove();
  if (round !== state.round) return undefined; // the talk was started again meanwhile
  state.waiting = false;
  if (!answer) {
    add("p", "trouble", text(trouble));
    typed.value = typed.value || asked.text || "";
    return undefined;
  }
  state.token = answer.token;
  draw(answer);
  return answer.text.length + answer.later.length;
}

async function ask(where, message) {
  const how = { credentials: "omit", signal: AbortSignal.timeout(15000) };
  if (message) {
    how.method = "POST";
    how.headers = { "Content-Type": "application/json" };
    how.body = JSON.stringify(message);
  }
  try {
    const response = await fetch(where, how);
    if (response.ok) return { answer: await response.json() };
    return { trouble: response.status === 429 ? "busy" : "broken" };
  } catch {
    return { trouble: navigator.onLine ? "broken" : "offline" };
  }
}

// --- prepared talks -----------------------------------------------------------------------------------------------

async function startTalk(name) {
  find("talks").close();
  startAgain();
  const round = state.round;
  const { answer, trouble } = await ask(`talks/${name}?lang=${state.language}`);
  if (round !== state.round) return;
  if (!answer) {
    add("p", "trouble", text(trouble));
    return;
  }
  setChannel(answer.channel);
  state.player = { name, lines: answer.lines, next: 0, playing: true, timer: 0 };
  find("player").hidden = false;
  find("play").focus();
  oneMore();
}

async function oneMore() {
  const player = state.player;
  if (state.waiting || !player) return;
  clearTimeout(player.timer);
  const { at, passes, forgets, shown, ...asked } = player.lines[player.next];
  player.next += 1;
  state.at = at;
  showPlayer();
  let letters = 0;
  if (passes) {
    if (forgets) state.token = "";
    add("p", "aside", text("passes"));
  } else {
    letters = await send(asked, shown, PACE.typing);
  }
  if (state.player !== player) return;
  if (letters === undefined) player.next -= 1; // it did not get through: the same once more, when asked to
  if (letters === undefined) pausePlayer();
  else if (player.next === player.lines.length) endPlayer("talk_over");
  else if (player.playing) {
    const reading = Math.min(Math.max(letters * PACE.letter, PACE.least), PACE.most);
    player.timer = setTimeout(oneMore, reading);
  }
}

function showPlayer() {
  const player = state.player;
  find("player-name").textContent = `${text(`talk_${player.name}`)} (${player.next}/${player.lines.length})`;
  find("play").dataset.text = player.playing ? "pause" : "play";
  find("play").textContent = text(find("play").dataset.text);
}

function pausePlayer() {
  clearTimeout(state.player.timer);
  state.player.playing = false;
  showPlayer();
}

function playOrPause() {
  if (state.player.playing) {
    pausePlayer();
  } else {
    state.player.playing = true;
    oneMore();
  }
  showPlayer();
}

function endPlayer(said) {
  clearTimeout(state.player.timer);
  state.player = null;
  find("player").hidden = true;
  if (said) add("p", "hint", text(said));
  typed.focus();
}

// --- the map ------------------------------------------------------------------------------------------------------

async function openMap() {
  const { token, channel, language } = state;
  const { answer, trouble } = await ask("map", { token, channel, language });
  if (!answer) {
    add("p", "trouble", text(trouble));
    return;
  }
  const drawing = new DOMParser().parseFromString(answer.svg, "image/svg+xml").documentElement;
  drawing.setAttribute("role", "img");
  find("map-drawing").replaceChildren(document.importNode(drawing, true));
  find("map-place").textContent = answer.place ? `${text("map_place")} ${answer.place}` : "";
  const offered = answer.offered.map((one) => make("li", "", [one.name, one.town, one.phone].filter(Boolean).join(", ")));
  find("map-offered").replaceChildren(...offered);
  if (!offered.length) find("map-place").textContent += ` ${text("map_none")}`;
  find("map").showModal();
}

// --- the page itself ----------------------------------------------------------------------------------------------

function startAgain() {
  if (state.player) endPlayer();
  Object.assign(state, fresh(), { round: state.round + 1 });
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  talk.replaceChildren();
  add("p", "hint", text("hint")).dataset.text = "hint";
  noWhy();
  typed.value = "";
  typed.focus();
}

function press(name, value) {
  for (const one of document.querySelectorAll(`button[data-${name}]`)) {
    one.setAttribute("aria-pressed", String(one.dataset[name] === value));
  }
}

function setChannel(channel) {
  state.channel = channel;
  phone.dataset.channel = channel;
  find("pin").hidden = channel !== "whatsapp";
  press("channel", channel);
}

function showChannel(channel) {
  if (channel === state.channel) return;
  setChannel(channel);
  startAgain();
}

function showLanguage(language) {
  state.language = language;
  document.documentElement.lang = language;
  document.title = text("title");
  press("language", language);
  find("open-card").href = `card?lang=${language}`;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-hint]")) element.placeholder = text(element.dataset.hint);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
    if (element.hasAttribute("title")) element.title = text(element.dataset.label);
  }
  if (state.player) showPlayer();
  if (state.told) drawWhy(state.told);
}

function changeLook() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = root.dataset.look === "auto" ? (dark ? "dark" : "light") : root.dataset.look;
  root.dataset.look = now === "dark" ? "light" : "dark";
}

function changeSize() {
  const large = document.documentElement.dataset.size !== "large";
  document.documentElement.dataset.size = large ? "large" : "usual";
  find("larger").setAttribute("aria-pressed", String(large));
  settle();
}

function showConnection() {
  find("offline").hidden = navigator.onLine;
}

find("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = typed.value.trim();
  if (!words || state.waiting) return;
  typed.value = "";
  byHand({ text: words }, words);
});
find("pin").addEventListener("click", () => {
  openRows(text("pin"), towns, ({ latitude, longitude }) => byHand({ latitude, longitude }, ""));
});
find("again").addEventListener("click", startAgain);
find("look").addEventListener("click", changeLook);
find("larger").addEventListener("click", changeSize);
find("open-talks").addEventListener("click", () => find("talks").showModal());
find("open-why").addEventListener("click", toggleWhy);
find("open-map").addEventListener("click", openMap);
find("play").addEventListener("click", playOrPause);
find("by-hand").addEventListener("click", () => endPlayer());
find("step").addEventListener("click", () => {
  pausePlayer();
  oneMore();
});
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.matches(".shut")) dialog.close();
  });
}
for (const one of document.querySelectorAll("[data-talk]")) {
  one.addEventListener("click", () => startTalk(one.dataset.talk));
}
for (const one of document.querySelectorAll(".pick button[data-channel]")) {
  one.addEventListener("click", () => showChannel(one.dataset.channel));
}
for (const one of document.querySelectorAll("button[data-language]")) {
  one.addEventListener("click", () => showLanguage(one.dataset.language));
}
addEventListener("online", showConnection);
addEventListener("offline", showConnection);
showConnection();
typed.focus();
navigator.serviceWorker?.register("worker.js").catch(() => {}); // without it the page is the same, only not offline
