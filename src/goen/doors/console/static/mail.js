// Mail: a preview that follows the typing, and the dialog before anything is sent.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-opens]");
    if (opens) {
      const dialog = document.getElementById(opens.dataset.opens);
      dialog.showModal();
      dialog.querySelector("h2").focus();
    }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    const width = event.target.closest("[data-width]");
    if (width) {
      const frame = document.querySelector(".mail-look .mail-frame");
      frame.classList.toggle("narrow-frame", width.dataset.width === "390");
      document.querySelectorAll("[data-width]").forEach((one) => one.setAttribute("aria-pressed", String(one === width)));
    }
  });

  const form = document.querySelector("form[data-preview]");
  if (!form) return;
  let later = 0;
  const look = () => {
    const copy = document.createElement("form");
    copy.method = "post";
    copy.action = form.dataset.preview;
    copy.target = "look-frame";
    copy.hidden = true;
    for (const [name, value] of new FormData(form)) {
      if (typeof value !== "string") continue;
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      copy.append(input);
    }
    document.body.append(copy);
    copy.submit();
    copy.remove();
  };
  form.addEventListener("input", (event) => {
    if (event.isComposing || event.target.type === "file") return;
    clearTimeout(later);
    later = setTimeout(look, 400);
  });
  const frame = document.getElementById("look-frame");
  if (frame && !frame.getAttribute("src")) look();
})();
