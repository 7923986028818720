(() => {
  "use strict";
  const form = document.getElementById("filter"), shown = document.getElementById("shown");
  const name = document.getElementById("name"), trouble = document.getElementById("trouble");
  const rows = [...document.querySelectorAll("table.map tbody tr")];
  if (!form || rows.length < 2) return;
  const names = rows.map((row) => row.cells[0].textContent.toLowerCase());
  const narrow = () => {
    const wanted = name.value.trim().toLowerCase();
    let left = 0;
    rows.forEach((row, at) => {
      row.hidden = !names[at].includes(wanted) || (trouble.checked && !row.classList.contains("t"));
      left += row.hidden ? 0 : 1;
    });
    shown.value = shown.dataset.text.replace("%1", left).replace("%2", rows.length);
  };
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  narrow();
})();
