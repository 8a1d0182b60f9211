/** The head on the page: three.js, its vertices from this package's own forward pass. */
import {
  ACESFilmicToneMapping, BufferAttribute, BufferGeometry, Color, DirectionalLight, Group, HemisphereLight, type Material, Mesh,
  MeshPhongMaterial, MeshPhysicalMaterial, MeshStandardMaterial, PerspectiveCamera, Scene, SRGBColorSpace, Vector3, WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import type { Driver, FlameParams } from "../src/index.js";
import { zeroParams } from "../src/index.js";

export class Stage {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(24, 1, 0.05, 10);
  private readonly controls: OrbitControls;
  private readonly holder = new Group();
  private mesh: Mesh | null = null;
  private driver: Driver | null = null;
  private positions = new Float32Array(0);
  private normals = new Float32Array(0);
  private shown: FlameParams | null = null;
  private center = new Vector3();
  private size = 0.3;
  turns = true;
  /** Pictures are drawn by the processor here: coarser, without shine. */
  readonly software = isSoftware();
  private readonly pace = new Pace(this.software ? 1 : 0);
  private stale = true;
  private turned = true;

  constructor(canvas: HTMLCanvasElement) {
    this.renderer = new WebGLRenderer({ canvas, antialias: !this.software, alpha: true, powerPreference: "high-performance" });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.toneMapping = ACESFilmicToneMapping;
    this.renderer.toneMappingExposure = 1.12;
    const key = new DirectionalLight("#fff1e2", 2.2);
    key.position.set(-0.8, 1.1, 1.6);
    const fill = new DirectionalLight("#bcd0ff", 0.9);
    fill.position.set(1.5, 0.2, 1.0);
    const rim = new DirectionalLight("#ffd3b5", 2.2);
    rim.position.set(0.9, 0.9, -1.6);
    this.scene.add(new HemisphereLight("#dfe6ff", "#59483f", 0.9), key, fill, rim, this.holder);
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
    this.mesh?.geometry.dispose();
    if (this.mesh) this.holder.remove(this.mesh);
    const geometry = new BufferGeometry();
    this.positions = new Float32Array(3 * flame.numVertices);
    this.normals = new Float32Array(3 * flame.numVertices);
    geometry.setAttribute("position", new BufferAttribute(this.positions, 3).setUsage(35048));
    geometry.setAttribute("normal", new BufferAttribute(this.normals, 3).setUsage(35048));
    geometry.setAttribute("color", new BufferAttribute(linear(flame.colors), 3));
    const { index, skin } = byGloss(flame.faces, flame.gloss);
    geometry.setIndex(new BufferAttribute(index, 1));
    geometry.addGroup(0, skin, 0);
    geometry.addGroup(skin, index.length - skin, 1);
    this.mesh = new Mesh(geometry, materials(this.software));
    this.mesh.frustumCulled = false;
    this.holder.add(this.mesh);
    this.show(zeroParams(driver.rig.numExpression));
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
    const { clientWidth: w, clientHeight: h } = this.renderer.domElement;
    if (!w || !h) return;
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2) * this.pace.ratio);
    this.stale = true;
    this.renderer.setSize(w, h, false);
    this.camera.aspect = w / h;
    this.camera.setViewOffset(w, h, 0, (w < 700 ? 0.07 : 0.03) * h, w, h); // above the buttons
    const distance = this.distance();
    this.controls.minDistance = 0.45 * distance;
    this.controls.maxDistance = 2.2 * distance;
  }

  /** The head with these parameters; shoulders stay, the head turns at the neck. */
  show(params: FlameParams): void {
    if (!this.driver || !this.mesh) return;
    const still = zeroParams(params.expression.length);
    const posed: FlameParams = {
      ...params,
      neck_pose: this.turns ? params.global_orient : still.neck_pose,
      global_orient: still.global_orient,
      transl: still.transl,
    };
    this.shown = posed;
    this.driver.vertices(posed, this.positions);
    normals(this.positions, this.driver.flame.faces, this.normals);
    const { position, normal } = this.mesh.geometry.attributes;
    position!.needsUpdate = true;
    normal!.needsUpdate = true;
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
    this.holder.scale.x = this.turned ? -1 : 1;
    this.holder.position.x = this.turned ? 2 * this.center.x : 0;
    this.renderer.render(this.scene, this.camera);
    if (this.pace.drawn(performance.now())) this.resize();
  }

  get params(): FlameParams | null {
    return this.shown;
  }
}

/** How finely to draw: halves the picture's width in steps while frames come late. */
class Pace {
  private static readonly RATIOS = [1, 0.66, 0.5, 0.36];
  private last = 0;
  private readonly gaps: number[] = [];

  constructor(private level: number) {}

  get ratio(): number {
    return Pace.RATIOS[this.level]!;
  }

  /** A frame was drawn; true when the size should change. */
  drawn(now: number): boolean {
    const gap = now - this.last;
    this.last = now;
    if (gap < 400) this.gaps.push(gap);
    if (this.gaps.length < 20) return false;
    const middle = this.gaps.sort((a, b) => a - b)[10]!;
    this.gaps.length = 0;
    if (middle < 42 || this.level + 1 >= Pace.RATIOS.length) return false;
    this.level++;
    return true;
  }
}

/** Whether pictures are drawn by the processor here. */
function isSoftware(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  const info = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

/** Skin, and what is wet. */
function materials(plain: boolean): Material[] {
  const vertexColors = true;
  if (plain) {
    return [
      new MeshPhongMaterial({ vertexColors, shininess: 12, specular: new Color("#2a2220") }),
      new MeshPhongMaterial({ vertexColors, shininess: 120, specular: new Color("#ffffff") }),
    ];
  }
  return [
    new MeshStandardMaterial({ vertexColors, roughness: 0.55 }),
    new MeshPhysicalMaterial({ vertexColors, roughness: 0.12, clearcoat: 1, clearcoatRoughness: 0.05 }),
  ];
}

/** sRGB bytes to linear light. */
function linear(colors: Uint8Array): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, i) => (i <= 10 ? i / 255 / 12.92 : ((i / 255 + 0.055) / 1.055) ** 2.4));
  return Float32Array.from(colors, (c) => table[c]!);
}

/** Triangles of the skin, then those of the eyeballs and what else is wet. */
function byGloss(faces: Uint32Array, gloss: Uint8Array): { index: Uint32Array; skin: number } {
  const [dull, wet]: [number[], number[]] = [[], []];
  for (let f = 0; f < faces.length; f += 3) {
    const into = gloss[faces[f]!]! > 127 ? wet : dull;
    into.push(faces[f]!, faces[f + 1]!, faces[f + 2]!);
  }
  return { index: Uint32Array.from([...dull, ...wet]), skin: dull.length };
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
