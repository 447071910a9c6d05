// Where devices stand: as their user put them, the others beside their neighbours, and all by themselves at first.

const WAIT = 600;

function bySite(cy) {
  // a start that is the same every time: sites around a circle, and each site's devices around its place
  const sites = [...new Set(cy.nodes().map((node) => node.data("site")))];
  const wide = 60 * Math.sqrt(cy.nodes().length) * (sites.length > 1 ? 1 : 0);
  sites.forEach((site, number) => {
    const turn = (2 * Math.PI * number) / sites.length;
    const own = cy.nodes().filter((node) => node.data("site") === site);
    own.forEach((node, place) => {
      const angle = (2 * Math.PI * place) / own.length;
      const far = 14 * Math.sqrt(own.length) + 20;
      node.position({ x: wide * Math.cos(turn) + far * Math.cos(angle), y: wide * Math.sin(turn) + far * Math.sin(angle) });
    });
  });
}

function spread(cy) {
  const count = cy.nodes().length;
  cy.layout({
    name: "cose", randomize: false, animate: false, fit: true, padding: 30, nodeDimensionsIncludeLabels: count < 100,
    idealEdgeLength: () => 60, nodeRepulsion: () => 9000, componentSpacing: 60,
    numIter: count <= 100 ? 1000 : Math.max(40, Math.round(60000 / count)),
  }).run();
}

export function arrange(cy, positions) {
  const known = Object.keys(positions).length;
  if (!known) {
    bySite(cy);
    spread(cy);
    return;
  }
  const late = [];
  for (const node of cy.nodes()) {
    const place = positions[node.id()];
    if (place) node.position({ x: place[0], y: place[1] });
    else late.push(node);
  }
  late.forEach((node, number) => {
    const near = node.neighborhood("node").filter((other) => positions[other.id()]);
    const box = near.nonempty() ? near.boundingBox({ includeLabels: false }) : cy.elements().boundingBox();
    const shift = 40 + 12 * number;
    node.position(near.nonempty()
      ? { x: (box.x1 + box.x2) / 2 + shift, y: (box.y1 + box.y2) / 2 + shift }
      : { x: box.x1 + 40 * number, y: box.y2 + 60 });
  });
  cy.fit(undefined, 30);
}

export function keeper(cy, address, token, say) {
  let waiting = 0;
  async function send(positions) {
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, positions });
    const answer = await fetch(address, { method: "POST", body }).catch(() => null);
    if (!answer?.ok) say("Where the devices stand could not be kept.");
    else cy.container().dataset.kept = String(Number(cy.container().dataset.kept || 0) + 1);
  }
  function keep() {
    const round = (value) => Math.round(value * 10) / 10;
    const all = cy.nodes().map((node) => [node.id(), [round(node.position("x")), round(node.position("y"))]]);
    send(JSON.stringify(Object.fromEntries(all)));
  }
  cy.on("dragfree", "node", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(keep, WAIT);
  });
  return { forget: () => send("") };
}
