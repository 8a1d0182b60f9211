/** The page: sources in, the head out, everything on this device. */
import { Driver, type FaceDriver, type Frame, Mp2FlameError, Profile, type Seen, writeTake } from "../src/index.js";
import { Broadcaster } from "./broadcast.js";
import { drawLandmarks } from "./overlay.js";
import { WeightsPanel } from "./panel.js";
import { cameras, type Events, giveModel, NeedsFile, openCamera, openTake, openVideo, type Source, takeOf } from "./sources.js";
import { Stage } from "./stage.js";
import { download, forget, keep, kept } from "./storage.js";

const $ = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const button = (id: string): HTMLButtonElement => $<HTMLButtonElement>(id);

const REST_MS = 2500;
const LONGEST_TAKE = 30 * 60 * 30; // frames: half an hour

class Page {
  private driver!: Driver;
  private face!: FaceDriver;
  private stage!: Stage;
  private panel!: WeightsPanel;
  private profile: Profile | null = null;
  private source: Source | null = null;
  private recording: Frame[] | null = null;
  private resting: { seen: Seen[]; from: number } | null = null;
  private frames = 0;
  private rate = 0;
  private last: Frame | null = null;
  private waiting: ((file: File) => Promise<void>) | null = null;
  private busy = false;
  private readonly costs: number[] = [];
  private readonly others = new Broadcaster();

  async start(): Promise<void> {
    this.wire();
    try {
      this.stage = new Stage($<HTMLCanvasElement>("view"));
    } catch {
      this.say("This browser cannot draw in three dimensions (WebGL is switched off or missing). Switch on hardware acceleration, or try another browser.");
      this.state("No WebGL");
      return;
    }
    document.documentElement.classList.toggle("plain", this.stage.software);
    const mine = await kept("head.m2f");
    try {
      if (mine instanceof ArrayBuffer) {
        await this.setHead(mine).catch(async (error: unknown) => {
          await forget("head.m2f"); // of another version: the page goes on with its own
          this.fail(error);
          await this.setHead("head.m2f");
        });
      } else await this.setHead("head.m2f");
    } catch (error) {
      this.fail(error);
      return;
    }
    const profile = await kept("profile.json");
    if (typeof profile === "string") await this.setProfile(profile, false);
    for (const id of ["camera", "open", "start-camera", "start-demo"]) button(id).disabled = false;
    this.state("Ready");
    const loop = (): void => {
      this.stage.draw();
      requestAnimationFrame(loop);
    };
    requestAnimationFrame(loop);
    setInterval(() => this.tick(), 1000);
    document.documentElement.dataset["ready"] = "true";
  }

  private async setHead(source: string | ArrayBuffer): Promise<void> {
    this.driver = await Driver.load(source);
    this.face = this.driver.follow({ filter: $<HTMLSelectElement>("filter").value, profile: this.profile });
    this.panel = new WeightsPanel($("weights"), this.driver.head.names);
    this.stage.setHead(this.driver);
    const { fit } = this.driver.response;
    const warm = (): void => {
      if (this.driver.response.fit === fit && (this.source || this.busy || fit.warm())) setTimeout(warm, 100); // while nothing runs
    };
    setTimeout(warm, 500);
  }

  private wire(): void {
    const on = (id: string, work: () => unknown): void => {
      button(id).addEventListener("click", () => void Promise.resolve().then(work).catch((error: unknown) => this.fail(error)));
    };
    on("camera", () => (this.source?.kind === "camera" ? this.stop() : this.camera()));
    on("start-camera", () => this.camera());
    on("start-demo", () => this.demo());
    on("open", () => this.pick(".m2f,.npz,.json,.task,video/*", (file) => this.take(file)));
    on("calibrate", () => this.calibrate());
    on("record", () => this.record());
    on("pause", () => this.pause());
    on("about", () => this.about());
    on("save-profile", () => this.profile && download("me.json", this.profile.stringify(this.driver.head.names, { source: "page" }), "application/json"));
    on("forget-profile", () => this.setProfile(null, true));
    on("show-weights", () => {
      const open = $("weights").classList.toggle("open");
      button("show-weights").setAttribute("aria-pressed", String(open));
      if (this.last) this.panel.show(this.last.weights);
    });
    on("more", () => this.menu(Boolean($("menu").hidden)));
    on("notice-close", () => this.hide("notice"));
    $("filter").addEventListener("change", () => this.face.setFilter($<HTMLSelectElement>("filter").value));
    $("which").addEventListener("change", () => void this.camera().catch((error: unknown) => this.fail(error)));
    $("mirror").addEventListener("change", () => this.look());
    $("follow").addEventListener("change", () => this.look());
    $("file").addEventListener("change", () => {
      const input = $<HTMLInputElement>("file");
      const file = input.files?.[0];
      input.value = "";
      if (file) void this.waiting?.(file).catch((error: unknown) => this.fail(error));
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) void this.take(file).catch((error: unknown) => this.fail(error));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.hide("notice");
        this.menu(false);
      }
    });
    $("view").addEventListener("pointerdown", () => this.menu(false));
  }

  private menu(open: boolean): void {
    if (open) $("menu").hidden = false;
    else this.hide("menu", "more");
    button("more").setAttribute("aria-expanded", String(open));
  }

  /** Hide a part of the page; a keyboard that was in it goes on at a button that stays. */
  private hide(part: string, next = "camera"): void {
    const inside = $(part).contains(document.activeElement);
    $(part).hidden = true;
    if (inside) button(next).focus();
  }

  private look(): void {
    this.stage.mirrored = $<HTMLInputElement>("mirror").checked;
    this.stage.turns = $<HTMLInputElement>("follow").checked;
    $("picture").classList.toggle("mirror", this.stage.mirrored);
    if (this.last) this.stage.show(this.last.params);
  }

  private pick(accept: string, work: (file: File) => Promise<void>): void {
    const input = $<HTMLInputElement>("file");
    input.accept = accept;
    this.waiting = work;
    input.click();
  }

  /** A file of any kind that the page knows, by its name. */
  private async take(file: File): Promise<void> {
    const ending = file.name.toLowerCase().split(".").pop() ?? "";
    if (ending === "m2f") {
      const bytes = await file.arrayBuffer();
      await this.setHead(bytes);
      await keep("head.m2f", bytes);
      this.state(`Head: ${this.driver.head.info.release}`);
    } else if (ending === "json") await this.setProfile(await file.text(), true);
    else if (ending === "task") {
      await giveModel(file);
      this.say("The face model is kept on this device. Start the camera or open a video.");
    } else if (ending === "npz") await this.play(file.name, new Uint8Array(await file.arrayBuffer()));
    else if (file.type.startsWith("video/") || ["mp4", "webm", "mov", "mkv", "m4v"].includes(ending)) {
      await this.begin(() => openVideo($<HTMLVideoElement>("video"), file, this.events));
    } else {
      throw new Mp2FlameError(`${file.name}: this page opens videos, takes (.npz), heads (.m2f), profiles (.json) and MediaPipe's .task model.`);
    }
  }

  private async camera(): Promise<void> {
    const which = $<HTMLSelectElement>("which");
    await this.begin(() => openCamera($<HTMLVideoElement>("video"), this.events, which.value || undefined));
    const present = await cameras();
    which.replaceChildren(...present.map(({ id, name }) => new Option(name, id)));
    which.value = this.source?.camera ?? "";
    $("cameras").hidden = present.length < 2;
  }

  private async demo(): Promise<void> {
    const answer = await fetch("demo.npz");
    if (!answer.ok) throw new Mp2FlameError("The demo is not beside this page. Open a take (.npz) or a video instead.");
    await this.play("demo", new Uint8Array(await answer.arrayBuffer()));
  }

  private play(name: string, bytes: Uint8Array): Promise<void> {
    const take = takeOf(bytes);
    return this.begin(async () => {
      this.face.learn(take.seen.filter((s): s is Seen => s !== null).slice(0, 300).filter((_, i, all) => i % Math.ceil(all.length / 120) === 0));
      if (take.credit) $("status").title = take.credit;
      return openTake(name, take.times, take.seen, this.events);
    });
  }

  /** Stop what runs and start another source. */
  private async begin(open: () => Promise<Source>): Promise<void> {
    if (this.busy) return;
    this.stop();
    this.busy = true;
    this.state("Starting");
    try {
      this.face = this.driver.follow({ filter: $<HTMLSelectElement>("filter").value, profile: this.profile });
      this.others.reset();
      this.source = await open();
    } catch (error) {
      this.state("Ready");
      throw error;
    } finally {
      this.busy = false;
    }
    this.hide("welcome");
    $("picture").hidden = false;
    $("picture").classList.toggle("blank", this.source.kind === "take");
    for (const id of ["calibrate", "record", "pause"]) button(id).disabled = false;
    button("camera").setAttribute("aria-pressed", String(this.source.kind === "camera"));
    this.look();
  }

  private stop(): void {
    if (this.recording) this.record();
    this.source?.stop();
    this.source = null;
    this.resting = null;
    $("countdown").hidden = true;
    $("picture").hidden = true;
    button("camera").setAttribute("aria-pressed", "false");
    for (const id of ["calibrate", "record", "pause"]) button(id).disabled = true;
    button("pause").textContent = "Pause";
    if ((document.activeElement as HTMLButtonElement | null)?.disabled) button("camera").focus();
    this.state("Ready");
  }

  /** A file starts again: its first frame is not tied to its last. */
  private again(): void {
    if (this.recording) this.record();
  }

  private pause(): void {
    if (!this.source) return;
    this.source.paused = !this.source.paused;
    button("pause").textContent = this.source.paused ? "Go on" : "Pause";
  }

  private readonly onSeen = (seen: Seen | null, timestampMs: number): void => {
    let frame: Frame;
    const from = performance.now();
    try {
      frame = this.face.step(seen, timestampMs);
    } catch (error) {
      this.stop();
      this.fail(error);
      return;
    }
    this.last = frame;
    this.stage.show(frame.params);
    if (this.costs.push(performance.now() - from) > 300) this.costs.shift();
    this.panel.show(frame.weights);
    this.others.send(frame, this.driver);
    drawLandmarks($<HTMLCanvasElement>("overlay"), seen, this.source?.kind === "take");
    this.frames++;
    if (this.recording) this.keepFrame(frame);
    if (this.resting && seen) this.rest(seen);
  };

  private readonly events: Events = {
    onSeen: this.onSeen,
    onAgain: () => this.again(),
    onProblem: (error) => {
      this.stop();
      this.fail(error);
    },
  };

  private keepFrame(frame: Frame): void {
    this.recording!.push(frame);
    if (this.recording!.length >= LONGEST_TAKE) this.record();
  }

  private record(): void {
    if (!this.recording) {
      this.recording = [];
      button("record").setAttribute("aria-pressed", "true");
      button("record").querySelector("span")!.textContent = "Stop";
      return;
    }
    const frames = this.recording;
    this.recording = null;
    button("record").setAttribute("aria-pressed", "false");
    button("record").querySelector("span")!.textContent = "Record";
    if (!frames.length) return;
    const { info, madeBy } = this.driver.head;
    const { release, sha256, num_expression, has_jaw, eyelids } = info;
    const meta = {
      made_by: `${madeBy} (page)`, created: new Date().toISOString(), source: this.source?.name ?? "page", detector_mode: "video",
      mirrored: false, flame: { release, sha256, num_expression, has_jaw, ...(eyelids ? { eyelids } : {}) }, neutral: this.face.neutral,
    };
    const when = new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-");
    download(`take-${when}.npz`, writeTake(frames, meta), "application/octet-stream");
  }

  private calibrate(): void {
    this.resting = { seen: [], from: performance.now() + 1200 };
    $("countdown").hidden = false;
    $("count").textContent = String(Math.ceil((REST_MS + 1200) / 1000));
  }

  private rest(seen: Seen): void {
    const { resting } = this;
    const passed = performance.now() - resting!.from;
    $("count").textContent = String(Math.max(1, Math.ceil((REST_MS - passed) / 1000)));
    if (passed > 0) resting!.seen.push(seen);
    if (passed < REST_MS || resting!.seen.length < 5) return;
    this.resting = null;
    $("countdown").hidden = true;
    const profile = Profile.fromRest(resting!.seen);
    void this.setProfile(profile.stringify(this.driver.head.names, { source: "page" }), true).catch((error: unknown) => this.fail(error));
  }

  private async setProfile(text: string | null, save: boolean): Promise<void> {
    this.profile = text === null ? null : Profile.parse(text, this.driver.head.names);
    this.face.setProfile(this.profile);
    for (const id of ["save-profile", "forget-profile"]) button(id).disabled = this.profile === null;
    if (save) await (text === null ? forget("profile.json") : keep("profile.json", text));
    if (save) this.state(this.profile ? "Calibrated" : "Profile forgotten");
  }

  private about(): void {
    const { info, licence, madeBy } = this.driver.head;
    this.say(`Head: ${info.release}, ${info.num_expression} expression coefficients, made by ${madeBy}.\n${licence}\nYour own: mp2flame export-web FLAME -o me.m2f, then Open.`);
  }

  private tick(): void {
    this.rate = this.frames;
    this.frames = 0;
    if (!this.source || this.busy) return;
    const dot = $("dot");
    dot.className = this.recording ? "rec" : this.last?.detected ? "on" : "lost";
    const what = this.recording ? `Recording ${this.recording.length} frames` : this.source.paused ? "Paused" : this.last?.detected ? "Following" : "No face";
    const cost = this.costs.length ? [...this.costs].sort((a, b) => a - b)[this.costs.length >> 1]! : 0;
    $("state").textContent = `${what} · ${this.rate} fps`;
    $("status").dataset["fps"] = String(this.rate);
    $("status").dataset["ms"] = cost.toFixed(2);
  }

  private state(text: string): void {
    $("state").textContent = text;
    $("dot").className = this.source ? "on" : "";
  }

  private say(text: string, action: string | null = null, work: (() => void) | null = null): void {
    $("notice-text").textContent = text;
    const go = button("notice-do");
    go.hidden = action === null;
    go.textContent = action ?? "";
    go.onclick = () => {
      this.hide("notice");
      work?.();
    };
    $("notice").hidden = false;
  }

  private fail(error: unknown): void {
    if (error instanceof NeedsFile && error.what === "model") {
      this.say(error.message, "Choose the file", () =>
        this.pick(".task", async (file) => {
          await giveModel(file);
          this.say("Thank you. It is kept on this device.", "Start the camera", () => void this.camera().catch((e: unknown) => this.fail(e)));
        }),
      );
      return;
    }
    if (!(error instanceof Mp2FlameError) && !(error instanceof NeedsFile)) console.error(error);
    this.say(error instanceof Error ? error.message : String(error));
  }
}

const page = new Page();
void page.start();
if ("serviceWorker" in navigator && window.isSecureContext) {
  window.addEventListener("load", () => void navigator.serviceWorker.register("sw.js").catch(() => {}));
}
