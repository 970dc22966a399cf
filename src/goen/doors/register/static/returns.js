// A return at the till. What goes back is computed by the server each time something changes; the
// return has one uid from the first choice on, so that the same return sent twice is one.
(() => {
  "use strict";
  const main = document.querySelector("main.give");
  const $ = (id) => document.getElementById(id);
  const words = JSON.parse($("words").textContent);
  const urls = main.dataset;
  const unit = 10 ** Number(urls.exponent);
  const format = new Intl.NumberFormat("en", { style: "currency", currency: urls.currency, currencyDisplay: "narrowSymbol" });
  const money = (minor) => format.format(minor / unit).replace("-", "−");
  const say = (name, slots = {}) => words[name].replace(/\{(\w+)\}/g, (_, slot) => slots[slot]);
  const minorOf = (typed) => {
    const plain = typed.normalize("NFKC").replace(/[^\d.]/g, "");
    return plain === "" ? 0 : Math.round(Number(plain) * unit);
  };

  const uid = crypto.randomUUID();
  const lines = [...document.querySelectorAll("[data-line]")].filter((li) => Number(li.dataset.out)).map((li) => ({
    li, line: Number(li.dataset.line), out: Number(li.dataset.out), qty: 0, to: "sellable",
    codes: li.dataset.codes.toUpperCase().split(" "), name: li.dataset.name,
  }));
  let reason = "";
  let figures = null; // the server's answer for what is chosen now
  let editing = false; // the clerk says by which way how much
  let busy = false;
  let asked = 0; // the latest preview asked for; older answers are dropped

  const units = () => lines.reduce((sum, one) => sum + one.qty, 0);
  const chosen = () => lines.filter((one) => one.qty > 0);
  const parts = () => chosen().map(({ line, qty, to }) => ({ line, qty, to }));
  const inputs = () => [...document.querySelectorAll("[data-way]")];
  const ways = () => inputs().map((input) => [Number(input.dataset.way), minorOf(input.value)]).filter(([, amount]) => amount > 0);

  function set(one, qty) {
    one.qty = Math.max(0, Math.min(one.out, qty));
    refuse("");
    drawLine(one);
    changed();
  }
  function drawLine(one) {
    one.li.classList.toggle("is-in", one.qty > 0);
    one.li.querySelector("output").textContent = one.qty;
    one.li.querySelector("[data-do=fewer]").disabled = one.qty === 0;
    one.li.querySelector("[data-do=more]").disabled = one.qty === one.out;
    one.li.querySelector("[data-do=all]").disabled = one.qty === one.out;
    const to = one.li.querySelector(".give-to");
    to.hidden = one.qty === 0 || !to.children.length;
    to.querySelectorAll("[data-to]").forEach((key) => key.setAttribute("aria-pressed", String(key.dataset.to === one.to)));
  }

  function changed() {
    figures = null;
    edit(false);
    draw();
    if (units()) preview();
  }

  async function preview() {
    const mine = ++asked;
    const answer = await post(urls.preview, { uid, parts: parts(), reason });
    if (mine !== asked) return;
    if (answer.ok) figures = answer.body;
    else refuse(answer.message || say("lost"));
    draw();
  }

  // ------------------------------------------------------------------ drawing
  function draw() {
    const some = units() > 0;
    $("back-empty").hidden = some;
    $("back-some").hidden = !some;
    $("total").textContent = figures ? money(figures.total) : some ? say("counting") : "—";
    $("total").setAttribute("aria-busy", String(some && !figures));
    $("count").textContent = say("pieces", { n: units() });
    const all = figures || { taxes: [], tenders: [], points_back: 0, points_taken: 0, points_owed: 0, kept: 0 };
    $("taxes").replaceChildren(...all.taxes.map((tax) =>
      item(say("rate", { rate: tax.rate_bp / 100, gross: money(tax.gross), tax: money(tax.tax) }))));
    $("ways").replaceChildren(...rowsOf(all));
    $("points").replaceChildren(...pointsOf(all));
    drawPay();
  }
  const rowsOf = (all) => all.tenders.map((one) => row(one.label, one.kind === "points" ? say("points", { n: one.amount }) : money(one.amount)));
  const pointsOf = (all) => [
    ["points_taken", all.points_taken && `−${say("points", { n: all.points_taken })}`],
    ["points_owed", all.points_owed && say("points", { n: all.points_owed })],
    ["kept", all.kept && `−${money(all.kept)}`],
  ].filter(([, value]) => value).map(([name, value]) => row(say(name), value));

  function ready() {
    return figures && reason && !busy && (!editing || rest() === 0);
  }
  const rest = () => (figures ? figures.total : 0) - ways().reduce((sum, [, amount]) => sum + amount, 0);
  function drawPay() {
    $("pay").disabled = !ready();
    $("pay").textContent = busy ? say("sending") : !units() ? say("nothing") : !figures ? say("counting")
      : !reason ? say("reason") : say("give_back", { total: money(figures.total) });
    const left = rest();
    $("ways-rest").textContent = !editing || !figures || left === 0 ? "" : left > 0 ? say("rest", { rest: money(left) }) : `− ${money(-left)}`;
    $("ways-rest").classList.toggle("is-short", left !== 0);
  }

  function edit(on) {
    editing = on;
    $("ways-edit").hidden = !on;
    $("ways").hidden = on;
    $("ways-open")?.setAttribute("aria-expanded", String(on));
    if (!on) return;
    inputs().forEach((input) => {
      const one = figures?.tenders.find((way) => way.tender === Number(input.dataset.way));
      input.value = one ? (one.amount / unit).toLocaleString("en") : "";
    });
    inputs()[0]?.focus();
  }

  // ------------------------------------------------------------------ giving back
  function ask() {
    if (!ready()) return;
    $("sure-what").textContent = say(units() === 1 ? "confirm_one" : "confirm", { n: units(), total: money(figures.total) });
    const labels = inputs().map((input) => input.labels[0].firstChild.textContent.trim());
    const shown = editing ? ways().map(([way, amount]) => row(labels[way], money(amount))) : rowsOf(figures);
    $("sure-ways").replaceChildren(...shown, ...pointsOf(figures));
    $("sure-yes").textContent = say("give_back", { total: money(figures.total) });
    $("sure").showModal();
    $("sure-title").focus();
  }

  async function give() {
    $("sure").close();
    if (!ready()) return;
    busy = true;
    refuse("");
    drawPay();
    const wish = { uid, parts: parts(), reason, tenders: editing ? ways() : null, expected_total: figures.total };
    let answer = await post(urls.take, wish);
    for (const wait of [600, 1500, 3000]) {
      if (answer.arrived) break;
      await new Promise((done) => setTimeout(done, wait));
      answer = await post(urls.take, wish);
    }
    busy = false;
    if (answer.ok) return location.assign(answer.body.document);
    refuse(answer.message || say("lost"));
    if (answer.body?.code === "total_changed") preview();
    drawPay();
    $("pay").focus();
  }

  // `arrived` is false when nobody knows whether the server heard it.
  async function post(url, body) {
    try {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": urls.csrf };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), redirect: "manual" });
      if (response.type === "opaqueredirect") return { ok: false, arrived: true, message: say("login") };
      if (response.status >= 500) return { ok: false, arrived: false };
      const json = (response.headers.get("Content-Type") || "").includes("json");
      const read = json ? await response.json() : null;
      return { ok: response.ok, arrived: true, body: read, message: read?.message || (response.ok ? "" : say("login")) };
    } catch {
      return { ok: false, arrived: false };
    }
  }

  function row(label, value) {
    const li = document.createElement("li");
    li.append(text("span", label), text("b", value));
    return li;
  }
  const item = (content) => text("li", content);
  function text(tag, content) {
    const element = document.createElement(tag);
    element.textContent = content;
    return element;
  }
  function tell(message, bad = false) {
    $("said").textContent = message;
    $("said").classList.toggle("is-bad", bad);
  }
  function refuse(message) {
    $("refused").textContent = message;
    $("refused").hidden = !message;
  }

  // ------------------------------------------------------------------ hands
  for (const one of lines) {
    const act = { fewer: () => set(one, one.qty - 1), more: () => set(one, one.qty + 1), all: () => set(one, one.out) };
    one.li.querySelectorAll("[data-do]").forEach((key) => key.addEventListener("click", () => act[key.dataset.do]()));
    one.li.querySelectorAll("[data-to]").forEach((key) => key.addEventListener("click", () => {
      one.to = key.dataset.to;
      drawLine(one);
    }));
  }
  $("everything")?.addEventListener("click", () => {
    lines.forEach((one) => { one.qty = one.out; drawLine(one); });
    changed();
  });
  document.querySelectorAll("[data-reason]").forEach((key) => key.addEventListener("click", () => {
    reason = key.dataset.reason;
    document.querySelectorAll("[data-reason]").forEach((other) => other.setAttribute("aria-pressed", String(other === key)));
    drawPay();
  }));
  $("ways-open")?.addEventListener("click", () => { edit(!editing); drawPay(); });
  inputs().forEach((input) => input.addEventListener("input", drawPay));
  $("pay").addEventListener("click", ask);
  $("sure-no").addEventListener("click", () => $("sure").close());
  $("sure-yes").addEventListener("click", give);

  // A scanner types wherever the focus is: what it reads is one more of that item.
  let typed = "";
  let since = 0;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) || $("sure").open) return;
    if (event.timeStamp - since > 500) typed = "";
    since = event.timeStamp;
    if (event.key === "Enter" && typed.length > 2) {
      event.preventDefault();
      scanned(typed);
      typed = "";
    } else if (event.key.length === 1) typed += event.key;
  });
  function scanned(q) {
    const found = lines.filter((one) => one.codes.includes(q.toUpperCase()));
    if (!found.length) return tell(say("not_here", { q }), true);
    const one = found.find((line) => line.qty < line.out);
    if (!one) return tell(say("all_back", found[0]), true);
    set(one, one.qty + 1);
    tell(say("added", one));
    one.li.scrollIntoView({ block: "nearest" });
  }

  lines.forEach(drawLine);
  draw();
})();
