/** The head on the page: its vertices from this package's own forward pass, a camera to look around it. */
import { Matrix4, PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import type { Driver, FlameParams } from "../src/index.js";
import { zeroParams } from "../src/index.js";
import { Pace } from "./pace.js";
import { Card, type Painter } from "./painter.js";
import { Raster } from "./raster.js";

export class Stage {
  private readonly painter: Painter;
  private readonly place = new Matrix4();
  private readonly camera = new PerspectiveCamera(24, 1, 0.05, 10);
  private readonly controls: OrbitControls;
  private driver: Driver | null = null;
  private positions = new Float32Array(0);
  private normals = new Float32Array(0);
  private shown: FlameParams | null = null;
  private center = new Vector3();
  private size = 0.3;
  turns = true;
  /** The processor draws. */
  readonly software = isSoftware();
  private readonly pace = new Pace(this.software);
  private stale = true;
  private turned = true;

  /** Throws where there is no WebGL. */
  constructor(private readonly canvas: HTMLCanvasElement) {
    this.painter = this.software ? new Raster(canvas) : new Card(canvas);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = true;
    this.controls.enablePan = false;
    this.controls.minPolarAngle = 0.6;
    this.controls.maxPolarAngle = 2.4;
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  /** Show another head, at rest. */
  setHead(driver: Driver): void {
    this.driver = driver;
    const { flame } = driver;
    this.positions = new Float32Array(3 * flame.numVertices);
    this.normals = new Float32Array(3 * flame.numVertices);
    const { faces, gloss } = flame;
    this.painter.setSolid({ positions: this.positions, normals: this.normals, faces, gloss, colors: linear(flame.colors) });
    this.show(driver.rig.zero());
    this.frame();
  }

  /** Look at the face as large as the window lets it be. */
  private frame(): void {
    const low = new Vector3(Infinity, Infinity, Infinity);
    const high = low.clone().negate();
    const v = new Vector3();
    const own = this.driver!.head.info.num_vertices;
    for (let i = 0; i < own; i++) {
      v.fromArray(this.positions, 3 * i);
      low.min(v);
      high.max(v);
    }
    this.size = Math.min(high.y - low.y, 0.36);
    this.center.set((low.x + high.x) / 2, high.y - 0.5 * this.size, (low.z + high.z) / 2);
    this.resize();
    this.controls.target.copy(this.center);
    this.camera.position.set(this.center.x, this.center.y + 0.02, this.center.z + this.distance());
    this.controls.update();
  }

  private distance(): number {
    const tall = (0.62 * this.size) / Math.tan((this.camera.fov * Math.PI) / 360);
    return tall * Math.max(1, 0.86 / this.camera.aspect);
  }

  private resize(): void {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    if (!w || !h) return;
    this.stale = true;
    this.painter.resize(w, h, Math.min(window.devicePixelRatio, 2) * this.pace.ratio);
    this.camera.aspect = w / h;
    this.camera.setViewOffset(w, h, 0, (w < 700 ? 0.07 : 0.03) * h, w, h); // above the buttons
    const distance = this.distance();
    this.controls.minDistance = 0.45 * distance;
    this.controls.maxDistance = 2.2 * distance;
  }

  /** The head with these parameters; shoulders stay, the head turns at the neck. */
  show(params: FlameParams): void {
    if (!this.driver) return;
    const still = zeroParams(params.expression.length, params.eyelids?.length);
    const posed: FlameParams = {
      ...params,
      neck_pose: this.turns ? params.global_orient : still.neck_pose,
      global_orient: still.global_orient,
      transl: still.transl,
    };
    this.shown = posed;
    this.driver.vertices(posed, this.positions);
    normals(this.positions, this.driver.flame.faces, this.normals);
    this.painter.moved();
    this.stale = true;
  }

  get mirrored(): boolean {
    return this.turned;
  }

  /** A mirror shows the head turned over; the mesh itself stays the subject's. */
  set mirrored(value: boolean) {
    this.turned = value;
    this.stale = true;
  }

  /** Draw when something has changed; coarser where this device cannot keep up. */
  draw(): void {
    if (!this.controls.update() && !this.stale) return;
    this.stale = false;
    this.place.makeScale(this.turned ? -1 : 1, 1, 1).setPosition(this.turned ? 2 * this.center.x : 0, 0, 0);
    const took = this.painter.draw(this.camera, this.place);
    if (took) this.canvas.dataset["ms"] = took.toFixed(2);
    if (this.pace.drawn(performance.now(), took)) this.resize();
  }

  get params(): FlameParams | null {
    return this.shown;
  }
}

/** Whether the processor draws: where WebGL is emulated, or as `?draw=processor` or `?draw=card` says. */
function isSoftware(): boolean {
  const told = new URLSearchParams(location.search).get("draw");
  if (told === "processor" || told === "card") return told === "processor";
  const gl = document.createElement("canvas").getContext("webgl2");
  const info = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

/** sRGB bytes to linear light. */
function linear(colors: Uint8Array): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, i) => (i <= 10 ? i / 255 / 12.92 : ((i / 255 + 0.055) / 1.055) ** 2.4));
  return Float32Array.from(colors, (c) => table[c]!);
}

function normals(p: Float32Array, faces: Uint32Array, out: Float32Array): void {
  out.fill(0);
  for (let f = 0; f < faces.length; f += 3) {
    const [a, b, c] = [3 * faces[f]!, 3 * faces[f + 1]!, 3 * faces[f + 2]!];
    const ux = p[b]! - p[a]!, uy = p[b + 1]! - p[a + 1]!, uz = p[b + 2]! - p[a + 2]!;
    const vx = p[c]! - p[a]!, vy = p[c + 1]! - p[a + 1]!, vz = p[c + 2]! - p[a + 2]!;
    const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
    out[a] = out[a]! + x; out[a + 1] = out[a + 1]! + y; out[a + 2] = out[a + 2]! + z;
    out[b] = out[b]! + x; out[b + 1] = out[b + 1]! + y; out[b + 2] = out[b + 2]! + z;
    out[c] = out[c]! + x; out[c + 1] = out[c + 1]! + y; out[c + 2] = out[c + 2]! + z;
  }
  for (let i = 0; i < out.length; i += 3) {
    const length = Math.sqrt(out[i]! ** 2 + out[i + 1]! ** 2 + out[i + 2]! ** 2) || 1;
    out[i] = out[i]! / length;
    out[i + 1] = out[i + 1]! / length;
    out[i + 2] = out[i + 2]! / length;
  }
}
