/** What the page broadcasts, shown; an avatar's page takes it in the same way. */
import type { Broadcast } from "./broadcast.js";

let latest: Broadcast | null = null;
let count = 0;
new BroadcastChannel("mp2flame").onmessage = (event: MessageEvent<Broadcast>) => {
  latest = event.data;
  count++;
};

setInterval(() => {
  if (!latest) return;
  const rounded = (value: unknown): string =>
    JSON.stringify(value, (_, v: unknown) => (typeof v === "number" ? Number(v.toFixed(3)) : v));
  const lines = (value: object): string => Object.entries(value).map(([k, v]) => `${k}: ${rounded(v)}`).join("\n");
  document.getElementById("arkit")!.textContent = lines(latest.arkit);
  document.getElementById("flame")!.textContent = lines(latest.flame);
}, 100);

setInterval(() => {
  document.getElementById("rate")!.textContent = `${count} frames in the last second${latest?.detected ? "" : ", no face"}`;
  count = 0;
}, 1000);
