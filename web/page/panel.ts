/** The weights as bars, grouped. */
const GROUPS: [string, RegExp][] = [
  ["Brows", /^brow/],
  ["Eyes", /^eye(?!Look)/],
  ["Gaze", /^eyeLook/],
  ["Jaw and cheeks", /^(jaw|cheek|nose)/],
  ["Mouth", /^mouth/],
];

export class WeightsPanel {
  private readonly bars: { index: number; fill: HTMLElement; value: HTMLElement; shown: number }[] = [];

  constructor(private readonly root: HTMLElement, names: readonly string[]) {
    root.replaceChildren(
      ...GROUPS.map(([title, pattern]) => {
        const section = document.createElement("section");
        const head = document.createElement("h2");
        head.textContent = title;
        section.append(head);
        names.forEach((name, index) => pattern.test(name) && section.append(this.bar(name, index)));
        return section;
      }),
    );
  }

  private bar(name: string, index: number): HTMLElement {
    const row = document.createElement("div");
    row.className = "bar";
    const label = document.createElement("span");
    label.textContent = name.replace(/^(brow|eye(?:Look)?|mouth)(?=[A-Z])/, "").replace(/^./, (c) => c.toLowerCase());
    label.title = name;
    const value = document.createElement("span");
    const fill = document.createElement("i");
    row.append(label, value, fill);
    this.bars.push({ index, fill, value, shown: -1 });
    return row;
  }

  show(weights: ArrayLike<number>): void {
    if (!this.root.classList.contains("open")) return;
    for (const bar of this.bars) {
      const now = Math.round(100 * weights[bar.index]!);
      if (now === bar.shown) continue;
      bar.shown = now;
      bar.fill.style.transform = `scaleX(${now / 100})`;
      bar.value.textContent = (now / 100).toFixed(2);
    }
  }
}
