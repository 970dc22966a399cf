// A scanner types wherever the focus is: outside text fields its first key goes to the search field.
(() => {
  "use strict";
  const input = document.querySelector("form[data-scan] input");
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !input) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    if (event.key.length !== 1 || event.key === " ") return;
    input.value = "";
    input.focus();
  });
})();
