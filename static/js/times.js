// Keeps <time data-relative> current. Says what relative_text() of components.py says, or the text would jump.

const UNITS = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [2592000, 86400, "d"]];

function relative(moment, now) {
  const seconds = (now - moment) / 1000;
  const size = Math.abs(seconds);
  if (size < 1) return "now";
  for (const [limit, step, unit] of UNITS) {
    if (size < limit) {
      const count = Math.floor(size / step);
      return seconds > 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
    }
  }
  return null; // a date, which stays
}

function refresh() {
  if (document.hidden) return;
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const text = relative(Date.parse(time.dateTime), now);
    if (text && text !== time.textContent) time.textContent = text;
  }
}

setInterval(refresh, 5000);
document.addEventListener("visibilitychange", refresh);
