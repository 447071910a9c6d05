// The chart of a device's reachability: TCP latency with its range, ICMP latency, and loss as bars that reach the top
// where nothing answered. Its data stands in an attribute: both ends in Unix time, and a list for each column.

const HEIGHT = 260;
const UTC = "Etc/UTC"; // as the times in the tables
const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const clear = (colour, share) => colour.replace(")", ` / ${share}%)`);
const moment = (at) => new Date(at * 1000).toISOString();
const unit = (word, digits) => (_, value) => (value == null ? "–" : `${value.toFixed(digits)} ${word}`);

// the day where it changes, and under the first mark
function marks(_, splits, __, ___, step) {
  return splits.map((at, index) => {
    const [day, time] = [moment(at).slice(5, 10), moment(at).slice(11, 16)];
    if (step >= 86400) return day;
    return index === 0 || time === "00:00" ? `${time}\n${day}` : time;
  });
}

function latencies([, min, max, avg]) {
  return (_, __, ___, index) => {
    if (index == null || avg[index] == null) return "–";
    return `${avg[index].toFixed(1)} ms (${min[index].toFixed(1)}–${max[index].toFixed(1)})`;
  };
}

function options(width, since, until, columns) {
  const { uPlot } = globalThis;
  const [tcp, icmp, bad, muted, line] = ["--accent", "--bar-warn", "--bar-bad", "--muted", "--line"].map(tone);
  const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const bars = uPlot.paths.bars({ size: [0.8, 16, 2] });
  const edge = { scale: "ms", class: "chart-edge", stroke: tcp, width: 0, points: { show: false } };
  return {
    width,
    height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), UTC),
    cursor: { drag: { x: false, y: false } },
    scales: {
      x: { range: [since, until] },
      ms: { range: (_, __, most) => [0, Math.max(1, (most || 1) * 1.15)] },
      "%": { range: [0, 100] },
    },
    axes: [
      { ...axis, values: marks },
      { ...axis, scale: "ms", size: 64, values: (_, splits) => splits.map((value) => `${value} ms`) },
      { ...axis, scale: "%", side: 1, size: 56, grid: { show: false }, values: (_, splits) => splits.map((value) => `${value} %`) },
    ],
    bands: [{ series: [2, 1], fill: clear(tcp, 16) }],
    series: [
      { label: "UTC", value: (_, at) => (at == null ? "–" : moment(at).slice(0, 16).replace("T", " ")) },
      { ...edge, label: "TCP least" },
      { ...edge, label: "TCP most" },
      { label: "TCP", scale: "ms", stroke: tcp, width: 1.5, value: latencies(columns) },
      { label: "ICMP", scale: "ms", stroke: icmp, width: 1.5, value: unit("ms", 1) },
      { label: "TCP loss", scale: "%", stroke: bad, fill: clear(bad, 45), width: 0, paths: bars, points: { show: false }, value: unit("%", 0) },
      { label: "ICMP loss", scale: "%", class: "chart-told", stroke: muted, width: 0, points: { show: false }, value: unit("%", 0) },
    ],
  };
}

function draw(box) {
  const [since, until, columns] = JSON.parse(box.dataset.reachabilityChart);
  let plot = null;
  const fresh = () => {
    plot?.destroy();
    plot = new globalThis.uPlot(options(box.clientWidth, since, until, columns), columns, box);
  };
  fresh();
  new ResizeObserver(() => plot.width !== box.clientWidth && plot.setSize({ width: box.clientWidth, height: HEIGHT })).observe(box);
  // its colours are painted, and know nothing of the page's theme
  new MutationObserver(fresh).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

for (const box of document.querySelectorAll("[data-reachability-chart]")) draw(box);
