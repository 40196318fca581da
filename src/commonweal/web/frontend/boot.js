import { initAll } from "./govuk-frontend.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// Filters take a column of their own on a wide screen; on a narrow one, and without this line, they wait to be opened.
if (window.matchMedia("(min-width: 40.0625em)").matches) {
  for (const filters of document.querySelectorAll("details[data-open-when-wide]")) filters.open = true;
}
