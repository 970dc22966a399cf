// The till. Prices and tax come from the server; this file keeps the basket, the tenders and the
// hands of the clerk. The basket has one uid from its first item until it is sold, so that the
// same sale sent twice is one sale.
(() => {
  "use strict";
  const till = document.querySelector("main.till");
  const $ = (id) => document.getElementById(id);
  const words = JSON.parse($("words").textContent);
  const urls = till.dataset;
  const unit = 10 ** Number(urls.exponent);
  const format = new Intl.NumberFormat("en", { style: "currency", currency: urls.currency, currencyDisplay: "narrowSymbol" });
  const money = (minor) => format.format(minor / unit).replace("-", "−");
  const say = (name, slots = {}) => words[name].replace(/\{(\w+)\}/g, (_, slot) => slots[slot]);
  const minorOf = (typed) => {
    const plain = typed.normalize("NFKC").replace(/[^\d.]/g, "");
    return plain === "" ? null : Math.round(Number(plain) * unit);
  };
  const majorOf = (minor) => (minor === null ? "" : (minor / unit).toLocaleString("en"));

  // ------------------------------------------------------------------ the basket
  const fresh = () => ({ uid: crypto.randomUUID(), lines: [], member: null, total: null, taxes: [], known: true, off: null, taken: 0, coupons: [], used: [], earns: 0, free: null });
  let basket = { ...fresh(), ...restore() };
  let tender = null; // cash, card, qr, split
  let given = null; // cash handed over, minor units
  let busy = false;
  let asked = 0; // the latest quote asked for; older answers are dropped

  function restore() {
    try {
      return JSON.parse(sessionStorage.getItem(urls.basket));
    } catch {
      return null;
    }
  }
  const keep = () => sessionStorage.setItem(urls.basket, JSON.stringify(basket));
  const units = () => basket.lines.reduce((sum, line) => sum + line.qty, 0);

  function add(item) {
    refuse("");
    const line = basket.lines.find((one) => one.item === item.item);
    if (line) line.qty += 1;
    else basket.lines.push({ ...item, qty: 1 });
    tell(item.age20 ? `${say("added", item)}・${say("age20")}` : say("added", item), item.age20);
    changed(item.item);
  }

  function step(line, by) {
    line.qty = Math.min(9999, line.qty + by);
    if (line.qty < 1) remove(line);
    else changed(line.item);
  }

  function remove(line) {
    const at = basket.lines.indexOf(line);
    const qty = Math.max(1, line.qty);
    basket.lines.splice(at, 1);
    changed();
    tell(say("removed", line));
    const undo = button(say("undo"), () => {
      basket.lines.splice(at, 0, { ...line, qty });
      tell("");
      changed(line.item);
      $("scan").focus();
    });
    $("said").append(undo);
    $("scan").focus();
  }

  function changed(newest = "") {
    // Shown at once from the unit prices; the server's quote replaces it a moment later.
    basket.total = basket.lines.reduce((sum, line) => sum + line.price * line.qty, 0);
    basket.taxes = [];
    basket.known = basket.lines.length === 0;
    given = null;
    keep();
    draw(newest);
    if (basket.lines.length) quote();
  }

  async function quote() {
    const mine = ++asked;
    const answer = await post(urls.quote, { uid: basket.uid, lines: basket.lines.map(wished), member: who(), coupons: basket.coupons, ...off(basket) });
    if (mine !== asked) return;
    if (answer.ok) {
      const { total, taxes, amounts, discounts, discount, coupons, points_earned, points_free } = answer.body;
      Object.assign(basket, { total, taxes, taken: discount, used: coupons, earns: points_earned, free: points_free, known: true });
      basket.lines.forEach((line, i) => Object.assign(line, { amount: amounts[i], taken: discounts[i] }));
      keep();
      draw();
      return;
    }
    refuse(answer.message || say("offline"));
    if (basket.coupons.length && /^coupon/.test(answer.body?.code || "")) {
      basket.coupons.pop(); // the one that cannot be used
      keep();
      quote();
    }
  }
  // A quote is asked for with percentages; the sale with the amounts they came to.
  const off = ({ off: given }) => (!given ? {} : given.how === "percent"
    ? { percent_bp: given.value, discount_code: given.why } : { discount: given.value, discount_code: given.why });
  const wished = (line) => ({ item: line.item, qty: line.qty, ...off(line) });
  const sold = ({ item, qty, taken, off: given }) => (taken ? { item, qty, discount: taken, discount_code: given.why } : { item, qty });
  const who = () => basket.member && { value: basket.member.value, record: basket.member.record };

  // ------------------------------------------------------------------ drawing
  function draw(newest = "") {
    const cart = $("cart");
    cart.replaceChildren(...basket.lines.map((line) => row(line, line.item === newest)));
    if (newest) cart.querySelector(".is-new")?.scrollIntoView({ block: "nearest" });
    $("cart-empty").hidden = basket.lines.length > 0;
    $("total").textContent = money(basket.total || 0);
    $("total").setAttribute("aria-busy", String(!basket.known));
    $("count").textContent = say(units() === 1 ? "count_one" : "count", { n: units() });
    $("off-open").hidden = basket.lines.length === 0;
    $("offs").replaceChildren(...offs());
    $("taxes").replaceChildren(...basket.taxes.map((tax) => {
      const li = document.createElement("li");
      li.textContent = say("rate", { rate: tax.rate_bp / 100, gross: money(tax.gross), tax: money(tax.tax) });
      return li;
    }));
    drawMember();
    drawTenders();
  }

  function row(line, isNew) {
    const li = $("line").content.cloneNode(true).firstElementChild;
    const [name, detail] = li.querySelector(".line-name").children;
    name.textContent = line.name + (line.reduced ? "\u00a0※" : "");
    detail.textContent = line.qty > 1 ? say("each", { price: money(line.price) }) : "";
    if (line.off) detail.textContent = say("off_line", { amount: money(line.taken || 0), why: say(`why_${line.off.why}`) });
    detail.classList.toggle("is-off", Boolean(line.off));
    if (line.age20) detail.textContent = say("age20");
    li.querySelector("output").textContent = line.qty;
    li.querySelector(".line-amount").textContent = money(line.amount ?? line.price * line.qty);
    li.classList.toggle("is-new", isNew);
    const open = li.querySelector(".line-name");
    open.addEventListener("click", () => openOff(line));
    for (const [does, act] of [["fewer", () => step(line, -1)], ["more", () => step(line, 1)], ["remove", () => remove(line)]]) {
      const key = li.querySelector(`[data-do=${does}]`);
      key.setAttribute("aria-label", say(does, line));
      key.addEventListener("click", () => {
        delete line.amount;
        act();
      });
    }
    return li;
  }

  // What is off everything, each with a way to drop it, and the points to be earned.
  function offs() {
    const shown = [];
    const one = (label, value, drop) => {
      const li = document.createElement("li");
      li.append(text("span", label), text("b", value));
      if (drop) {
        const key = button("×", drop);
        key.setAttribute("aria-label", say("drop", { name: label }));
        li.append(key);
      }
      shown.push(li);
    };
    if (basket.off) one(say("off_all", { why: say(`why_${basket.off.why}`) }), `−${money(basket.taken)}`, () => { basket.off = null; changed(); });
    for (const number of basket.coupons) {
      const used = basket.used.find((coupon) => coupon.number === number);
      one(say("coupon", { number }), used ? `−${money(used.amount)}` : "…", () => { basket.coupons = basket.coupons.filter((other) => other !== number); changed(); });
    }
    if (basket.lines.length && basket.member && basket.earns) one(say("earns"), say("points", { n: basket.earns }));
    return shown;
  }

  function drawMember() {
    const member = basket.member;
    $("member-none").hidden = Boolean(member);
    $("member-some").hidden = !member;
    drawOffer(member && member.proposal);
    if (!member) return;
    $("member-name").textContent = member.name;
    $("member-mark").textContent = member.mark;
    $("member-visits").textContent = member.visits;
    $("member-points").hidden = basket.free === null;
    $("member-points").textContent = say("free", { n: (basket.free || 0).toLocaleString("en") });
  }

  // What is proposed to this member; gone when it lies in the cart or was put aside.
  function drawOffer(offer) {
    const open = Boolean(offer) && !basket.lines.some((line) => line.item === offer.item.item);
    $("offer").hidden = !open;
    if (!open) return;
    $("offer-words").textContent = offer.words;
    $("offer-price").textContent = money(offer.item.price);
  }
  async function putAside(why) {
    const offer = basket.member.proposal;
    basket.member.proposal = null;
    keep();
    drawMember();
    openWhys(false);
    tell(say("put_aside"));
    $("scan").focus();
    const form = new FormData();
    form.append("proposal", offer.uid);
    form.append("why", why);
    await fetch(urls.dismiss, { method: "POST", body: form, headers: { "X-CSRFToken": urls.csrf } }).catch(() => {});
  }
  function openWhys(open) {
    $("offer-whys").hidden = !open;
    $("offer-aside").setAttribute("aria-expanded", String(open));
  }

  // ------------------------------------------------------------------ tenders
  const KINDS = ["points", "cash", "card", "qr"];
  const splitOf = (kind) => minorOf(document.querySelector(`[data-split=${kind}]`).value) || 0;

  function paid() {
    const total = basket.total || 0;
    if (tender === "card" || tender === "qr") return [{ kind: tender, amount: total }];
    if (tender === "cash") return given === null || given < total ? null : [{ kind: "cash", amount: total, tendered: given }];
    if (tender !== "split") return null;
    const kinds = KINDS.filter((kind) => splitOf(kind) > 0);
    if (splitOf("points") > (basket.free || 0)) return null;
    if (kinds.reduce((sum, kind) => sum + splitOf(kind), 0) !== total) return null;
    const handed = minorOf($("split-given").value) ?? splitOf("cash");
    if (handed < splitOf("cash")) return null;
    return kinds.map((kind) => (kind === "cash" ? { kind, amount: splitOf(kind), tendered: handed } : { kind, amount: splitOf(kind) }));
  }

  function drawTenders() {
    const total = basket.total || 0;
    document.querySelectorAll("[data-tender]").forEach((key) => {
      key.setAttribute("aria-pressed", String(key.dataset.tender === tender));
      key.disabled = basket.lines.length === 0;
    });
    if (document.activeElement !== $("given")) $("given").value = majorOf(given);
    const short = given !== null && given < total;
    $("change").textContent = given === null ? "—" : short ? say("short", { rest: money(total - given) }) : money(given - total);
    $("change").parentElement.classList.toggle("is-short", short);
    drawSplit(total);
    const ready = basket.lines.length > 0 && basket.known && paid() !== null && !busy;
    $("pay").disabled = !ready;
    const wants = basket.lines.length > 0 && tender === null;
    $("pay").textContent = busy ? say("sending") : wants ? say("choose_tender")
      : basket.lines.length ? say("pay", { total: money(total) }) : say("pay", { total: "" }).trim();
  }

  function drawSplit(total) {
    const cash = splitOf("cash");
    const rest = total - KINDS.reduce((sum, kind) => sum + splitOf(kind), 0);
    $("split-points").hidden = !basket.free;
    if (!basket.free) $("split-points-in").value = "";
    $("split-free").textContent = basket.free ? say("free", { n: basket.free.toLocaleString("en") }) : "";
    $("split-rest").textContent = rest > 0 ? say("short", { rest: money(rest) }) : rest < 0 ? `− ${money(-rest)}` : "";
    $("split-rest").classList.toggle("is-short", rest !== 0);
    document.querySelector(".split-given").hidden = cash === 0;
    $("split-change").parentElement.hidden = cash === 0;
    const handed = minorOf($("split-given").value);
    $("split-change").textContent = cash && handed !== null && handed >= cash ? money(handed - cash) : "—";
  }

  function choose(kind) {
    tender = kind;
    given = null;
    if (kind === "split") document.querySelectorAll(".split input").forEach((input) => (input.value = ""));
    pane(kind === "cash" ? "cash" : kind === "split" ? "split" : "goods");
    drawTenders();
  }

  function pane(shown) {
    for (const id of ["goods", "cash", "split", "person", "off"]) $(id).hidden = id !== shown;
    if (shown === "person") $("member-q").focus();
  }

  // ------------------------------------------------------------------ selling
  async function pay() {
    const tenders = paid();
    if (busy || !tenders || !basket.known) return;
    busy = true;
    refuse("");
    drawTenders();
    const whole = basket.taken ? { discount: basket.taken, discount_code: basket.off.why } : {};
    const sale = { uid: basket.uid, lines: basket.lines.map(sold), tenders, member: who(), coupons: basket.coupons, expected_total: basket.total, ...whole };
    let answer = await post(urls.sales, sale);
    for (const wait of [600, 1500, 3000]) {
      if (answer.arrived) break;
      refuse(say("lost"));
      await new Promise((done) => setTimeout(done, wait));
      answer = await post(urls.sales, sale);
    }
    busy = false;
    if (answer.ok) {
      sessionStorage.removeItem(urls.basket);
      location.assign(answer.body.receipt);
      return;
    }
    refuse(answer.message || say("still_lost"));
    drawTenders();
    if (answer.body?.code === "total_changed") quote();
  }

  // `arrived` is false when nobody knows whether the server heard it.
  async function post(url, body) {
    try {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": urls.csrf };
      return await answered(await fetch(url, { method: "POST", headers, body: JSON.stringify(body), redirect: "manual" }));
    } catch {
      return { ok: false, arrived: false };
    }
  }
  async function answered(response) {
    if (response.type === "opaqueredirect") return { ok: false, arrived: true, message: say("login") };
    if (response.status >= 500) return { ok: false, arrived: false };
    const json = (response.headers.get("Content-Type") || "").includes("json");
    const body = json ? await response.json() : null;
    return { ok: response.ok, arrived: true, body, message: body?.message || (response.ok ? "" : say("login")) };
  }

  // ------------------------------------------------------------------ scanning and finding
  async function ask(url, q) {
    try {
      return await answered(await fetch(`${url}?q=${encodeURIComponent(q)}`, { redirect: "manual" }));
    } catch {
      return { ok: false, arrived: false, message: say("unread", { q }) };
    }
  }

  let queue = Promise.resolve(); // scans are answered in the order they were made
  function scanned(q) {
    if (!q) return;
    queue = queue.then(async () => {
      const { ok, body, message } = await ask(urls.read, q);
      if (!ok || body.message) return tell(message || say("unread", { q }), true);
      if (body.item) return add(body.item), closeFound();
      if (body.member) return join(body.member);
      if (body.coupon) return useCoupon(body.coupon);
      found(body.items);
    });
  }

  function found(items) {
    $("found-title").textContent = say("pick", { n: items.length });
    $("found-list").replaceChildren(...items.map((item) => {
      const li = document.createElement("li");
      const key = button("", () => { add(item); closeFound(); $("scan").focus(); });
      key.className = "key";
      key.append(text("span", item.name), text("b", item.price === null ? "—" : money(item.price) + (item.reduced ? " ※" : "")));
      li.append(key);
      return li;
    }));
    tell("");
    $("found").hidden = false;
    $("often").hidden = true;
    pane("goods");
    $("found-list").querySelector("button").focus();
  }
  function closeFound() {
    $("found").hidden = true;
    $("often").hidden = false;
  }

  async function propose(member) {
    const { ok, body } = await ask(urls.proposal, member.person);
    if (!ok || basket.member !== member) return;
    member.proposal = body.proposal;
    keep();
    drawMember();
  }

  function join(member) {
    basket.member = member;
    openWhys(false);
    if (member.proposal === undefined) propose(member);
    keep();
    tell(member.name);
    if (!$("person").hidden) pane("goods");
    again();
    $("scan").focus();
  }
  // Who buys may change what it costs and what can be spent.
  function again() {
    basket.free = null;
    basket.earns = 0;
    draw();
    if (basket.lines.length) quote();
  }

  // ------------------------------------------------------------------ discounts and coupons
  let target = null; // the line that something is taken off; null for everything
  let how = "percent";
  let why = "";
  const of = () => target || basket;

  function openOff(line) {
    target = line;
    how = of().off?.how || "percent";
    why = of().off?.why || "";
    const value = of().off?.value;
    $("off-value").value = value === undefined ? "" : how === "percent" ? String(value / 100) : majorOf(value);
    pane("off");
    drawOff();
  }
  function drawOff() {
    const one = (line, label) => {
      const key = button(label, () => openOff(line));
      key.setAttribute("aria-pressed", String(line === target));
      return key;
    };
    $("off-of").replaceChildren(one(null, say("whole")), ...basket.lines.map((line) => one(line, line.name)));
    document.querySelectorAll("[data-how]").forEach((key) => key.setAttribute("aria-pressed", String(key.dataset.how === how)));
    document.querySelectorAll("[data-why]").forEach((key) => key.setAttribute("aria-pressed", String(key.dataset.why === why)));
    $("off-quick").hidden = how !== "percent";
    const value = offValue();
    $("off-take").disabled = value === null || !why;
    $("off-take").textContent = value === null ? say("off_value") : why ? say("off_take") : say("off_why");
    $("off-drop").hidden = !of().off;
  }
  function offValue() {
    const typed = $("off-value").value.normalize("NFKC");
    const value = how === "percent" ? Math.round(Number(typed.replace(/[^\d.]/g, "")) * 100) : minorOf(typed);
    return value > 0 && (how === "amount" || value <= 10000) ? value : null;
  }
  function useCoupon(number) {
    if (!number || basket.coupons.includes(number)) return;
    refuse("");
    basket.coupons.push(number);
    tell(say("coupon_added", { number }));
    changed();
  }

  async function people(q) {
    if (!q) return;
    const { ok, body, message } = await ask(urls.members, q);
    $("member-said").textContent = message;
    $("member-said").classList.toggle("is-bad", Boolean(message));
    $("people").replaceChildren();
    if (!ok || message) return;
    if (body.member) return join(body.member);
    $("people").replaceChildren(...body.members.map((member) => {
      const li = document.createElement("li");
      const key = button("", () => join(member));
      const who = document.createElement("span");
      const mark = [member.kana, member.mark].filter(Boolean).join(" · ");
      who.append(text("b", member.name), text("small", mark));
      const visits = text("span", member.visits);
      visits.className = "chip";
      key.append(who, visits);
      li.append(key);
      return li;
    }));
    $("people").querySelector("button")?.focus();
  }

  function text(tag, content) {
    const element = document.createElement(tag);
    element.textContent = content;
    return element;
  }
  function button(label, act) {
    const element = text("button", label);
    element.type = "button";
    element.className = "btn";
    element.addEventListener("click", act);
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
  $("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const q = $("scan").value.trim();
    $("scan").value = "";
    scanned(q);
  });
  $("member-form").addEventListener("submit", (event) => {
    event.preventDefault();
    people($("member-q").value.trim());
  });
  document.querySelectorAll("[data-item]").forEach((key) => key.addEventListener("click", () => {
    const { item, name, price, reduced, age20 } = key.dataset;
    add({ item, name, price: Number(price), reduced: Boolean(reduced), age20: Boolean(age20) });
  }));
  document.querySelectorAll("[data-tender]").forEach((key) => key.addEventListener("click", () => choose(key.dataset.tender)));
  document.querySelectorAll("[data-back]").forEach((key) => key.addEventListener("click", () => {
    if (tender === "cash" || tender === "split") tender = null;
    pane("goods");
    drawTenders();
    $("scan").focus();
  }));
  document.querySelectorAll("[data-given]").forEach((key) => key.addEventListener("click", () => {
    given = key.dataset.given === "exact" ? basket.total : (given || 0) + Number(key.dataset.given);
    drawTenders();
  }));
  document.querySelectorAll("[data-digit]").forEach((key) => key.addEventListener("click", () => {
    const digits = String(given ?? "") + key.dataset.digit;
    given = key.dataset.digit === "clear" ? null : Math.min(Number(digits), 10 ** 9);
    drawTenders();
  }));
  document.querySelectorAll("[data-rest]").forEach((key) => key.addEventListener("click", () => {
    const input = document.querySelector(`[data-split=${key.dataset.rest}]`);
    input.value = "";
    const rest = (basket.total || 0) - KINDS.reduce((sum, kind) => sum + splitOf(kind), 0);
    input.value = majorOf(Math.max(0, key.dataset.rest === "points" ? Math.min(rest, basket.free || 0) : rest));
    drawTenders();
  }));
  document.querySelectorAll(".split input").forEach((input) => input.addEventListener("input", drawTenders));
  $("given").addEventListener("input", () => { given = minorOf($("given").value); drawTenders(); });
  $("given").addEventListener("focus", () => $("given").select());
  // Enter takes the cash. A scanner ends with Enter too: no drawer holds as much as a barcode says.
  $("given").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const code = $("given").value.trim();
    if (!/^\d{8,}$/.test(code)) return void ($("pay").disabled || pay());
    $("given").value = "";
    given = null;
    drawTenders();
    scanned(code);
  });
  $("found-close").addEventListener("click", () => { closeFound(); $("scan").focus(); });
  $("member-open").addEventListener("click", () => pane("person"));
  $("member-drop").addEventListener("click", () => { basket.member = null; keep(); tell(say("nobody")); again(); $("scan").focus(); });
  $("offer-take").addEventListener("click", () => add({ ...basket.member.proposal.item }));
  $("offer-aside").addEventListener("click", () => openWhys($("offer-whys").hidden));
  document.querySelectorAll("[data-aside]").forEach((key) => key.addEventListener("click", () => putAside(key.dataset.aside)));
  $("off-open").addEventListener("click", () => openOff(null));
  $("off-value").addEventListener("input", drawOff);
  document.querySelectorAll("[data-how]").forEach((key) => key.addEventListener("click", () => { how = key.dataset.how; $("off-value").value = ""; drawOff(); $("off-value").focus(); }));
  document.querySelectorAll("[data-why]").forEach((key) => key.addEventListener("click", () => { why = key.dataset.why; drawOff(); }));
  document.querySelectorAll("[data-percent]").forEach((key) => key.addEventListener("click", () => { $("off-value").value = key.dataset.percent; drawOff(); }));
  $("off-take").addEventListener("click", () => {
    of().off = { how, value: offValue(), why };
    refuse("");
    changed(target ? target.item : "");
    pane("goods");
    $("scan").focus();
  });
  $("off-drop").addEventListener("click", () => { of().off = null; changed(); pane("goods"); $("scan").focus(); });
  $("coupon-form").addEventListener("submit", (event) => {
    event.preventDefault();
    useCoupon($("coupon-q").value.trim());
    $("coupon-q").value = "";
    pane("goods");
    $("scan").focus();
  });
  $("pay").addEventListener("click", pay);

  // A scanner types wherever the focus is: outside text fields its first key goes to the scan field,
  // and a digit to the cash received while that is asked for.
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    if (event.key.length === 1 && event.key !== " ") $(tender === "cash" && /\d/.test(event.key) ? "given" : "scan").focus();
  });
  window.addEventListener("offline", () => tell(say("offline"), true));
  window.addEventListener("online", () => { tell(""); if (!basket.known) quote(); });

  draw();
  if (basket.lines.length && !basket.known) quote();
  $("scan").focus();
})();
