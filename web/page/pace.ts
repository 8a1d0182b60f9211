/** How finely to draw on this device. */

/** Pixels of the picture for one of the page, from fine to coarse. */
const RATIOS = [1, 0.8, 0.66, 0.5];
const TAKEN = 15; // drawings that are judged together

/**
 * The rule, judged over fifteen drawings at a time. Where the processor draws, a quick one of them (the fourth from below: others
 * may have had to wait) takes 2 to 6 milliseconds: a coarser picture above, a finer one below. The graphics card does not tell
 * its time: coarser when drawings come 42 milliseconds apart or more, in the middle.
 */
export class Pace {
  private last = 0;
  private level: number;
  private readonly taken: number[] = [];

  constructor(private readonly processor: boolean) {
    this.level = processor ? 2 : 0;
  }

  get ratio(): number {
    return RATIOS[this.level]!;
  }

  /** A frame was drawn in `took` milliseconds (0: not known); true when the size should change. */
  drawn(now: number, took: number): boolean {
    const gap = now - this.last;
    this.last = now;
    if (this.processor) this.taken.push(took);
    else if (gap < 400) this.taken.push(gap);
    if (this.taken.length < TAKEN) return false;
    const judged = this.taken.sort((a, b) => a - b)[this.processor ? 3 : TAKEN >> 1]!;
    this.taken.length = 0;
    const before = this.level;
    if (judged > (this.processor ? 6 : 42)) this.level = Math.min(this.level + 1, RATIOS.length - 1);
    else if (this.processor && judged < 2) this.level = Math.max(this.level - 1, 0);
    return this.level !== before;
  }
}
