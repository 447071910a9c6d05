// Devices and links as a cytoscape graph, in the colours of the page's theme.

import cytoscape from "../vendor/cytoscape.mjs";

const SHAPES = { core: "hexagon", distribution: "round-rectangle", edge: "diamond", firewall: "octagon" };
const LABELS = { proven: "proven", one_sided: "one-sided", conflict: "in conflict", vanished: "vanished" };
const COLOURS = { proven: "--ok", one_sided: "--warn", conflict: "--bad", vanished: "--faint" };
export const MANY = 200;

function permitStyle(nonce) {
  // cytoscape looks for its style sheet by this id, and makes it without the nonce that our policy demands
  const sheet = document.createElement("style");
  sheet.id = "__________cytoscape_stylesheet";
  sheet.nonce = nonce;
  document.head.append(sheet);
}

const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function colour(name) {
  // cytoscape knows no oklch(): the browser paints it, and we look
  pixel.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  pixel.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

function looks(many) {
  const text = colour("--text");
  const accent = colour("--accent");
  return [
    { selector: "node", style: {
      label: "data(name)", shape: "data(shape)", width: 22, height: 22, color: text, "font-size": 9,
      "text-valign": "bottom", "text-margin-y": 3, "min-zoomed-font-size": 6,
      "background-color": colour("--info"), "border-width": 2, "border-color": colour("--surface"),
    } },
    { selector: "node[reachability = 'unreachable']", style: { "background-color": colour("--bad") } },
    { selector: "node[reachability = 'reachable']", style: { "background-color": colour("--ok") } },
    { selector: "edge", style: {
      width: 2, "curve-style": many ? "haystack" : "bezier", "control-point-step-size": 24, opacity: 0.9,
    } },
    ...Object.entries(COLOURS).map(([state, name]) => ({
      selector: `edge[state = '${state}']`, style: { "line-color": colour(name) },
    })),
    { selector: "edge[state = 'vanished']", style: { "line-style": "dashed", width: 1 } },
    { selector: "edge[?stale]", style: { "line-style": "dotted" } },
    { selector: ".faded", style: { opacity: 0.2 } },
    { selector: "node.found, node.path, node:selected", style: { "border-color": accent, "border-width": 4 } },
    { selector: "edge.path, edge:selected", style: { "line-color": accent, width: 5, opacity: 1 } },
    { selector: ".hidden", style: { display: "none" } },
  ];
}

function elements({ nodes, links }) {
  return [
    ...nodes.map((node) => ({ group: "nodes", data: {
      id: String(node.pk), name: node.hostname, role: node.role, site: node.site, siteName: node.site_name,
      address: node.mgmt_ip, reachability: node.reachability, url: node.url, shape: SHAPES[node.role] || "ellipse",
    } })),
    ...links.map((link) => ({ group: "edges", data: {
      id: `l${link.pk}`, source: String(link.device_a), target: String(link.device_b), a: link.interface_a,
      b: link.interface_b, state: link.state, stateLabel: LABELS[link.state], stale: link.is_stale, detail: link.detail,
    } })),
  ];
}

export function draw(container, graph, nonce) {
  permitStyle(nonce);
  const many = graph.nodes.length > MANY;
  return cytoscape({
    container, elements: elements(graph), style: looks(many), layout: { name: "null" }, minZoom: 0.05, maxZoom: 4,
    // of many devices a picture is moved, and drawn anew when it rests
    textureOnViewport: many, pixelRatio: many ? 1 : "auto",
  });
}

export function shown(cy) {
  // by class: whether an element is visible is known only when it has been painted
  const nodes = cy.nodes().not(".hidden");
  return nodes.union(cy.edges().not(".hidden").filter((edge) => edge.connectedNodes(".hidden").empty()));
}

export function recolour(cy) {
  cy.style(looks(cy.nodes().length > MANY));
}
