/** Drawing without a graphics card: lights at the vertices, triangles filled here. A GPU that is emulated takes several times as long. */

import { Color, Matrix4, type PerspectiveCamera, Vector3 } from "three";
import { LIGHTS, type Painter, SKY, type Solid } from "./painter.js";

/** A light from afar: where it comes from (unit length) and its linear colour. */
interface Light {
  readonly from: readonly [number, number, number];
  readonly color: readonly [number, number, number];
}

export class Raster implements Painter {
  private readonly context: CanvasRenderingContext2D;
  private picture: ImageData;
  private pixels = new Uint32Array(0);
  private depth = new Float32Array(0);
  private screen = new Float32Array(0);
  private shade = new Float32Array(0);

  private readonly lights = LIGHTS.map(([color, strength, x, y, z]): Light => {
    const { x: fx, y: fy, z: fz } = new Vector3(x, y, z).normalize();
    return { from: [fx, fy, fz], color: linear(color, strength) };
  });
  private readonly sky = SKY.colors.map((color) => linear(color, SKY.strength));
  private solid: Solid | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext("2d", { willReadFrequently: true })!; // its pixels stay with the processor
    this.picture = this.context.createImageData(1, 1);
  }

  setSolid(solid: Solid): void {
    this.solid = solid;
  }

  moved(): void {
    // positions and normals are read when they are drawn
  }

  resize(w: number, h: number, ratio: number): void {
    const [width, height] = [Math.max(1, Math.round(w * ratio)), Math.max(1, Math.round(h * ratio))];
    if (this.canvas.width === width && this.canvas.height === height && this.depth.length) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.picture = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.picture.data.buffer);
    this.depth = new Float32Array(width * height);
  }

  /** One picture; milliseconds that it took. */
  draw(camera: PerspectiveCamera, place: Matrix4): number {
    const { solid } = this;
    if (!solid) return 0;
    const from = performance.now();
    camera.updateMatrixWorld();
    const matrix = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse).multiply(place);
    const eye = new Vector3().setFromMatrixPosition(camera.matrixWorld).applyMatrix4(place.clone().invert());
    this.pixels.fill(0);
    this.depth.fill(1);
    this.project(solid.positions, matrix.elements);
    this.light(solid, [eye.x, eye.y, eye.z]);
    const sign = place.determinant() < 0 ? 1 : -1;
    for (let f = 0; f < solid.faces.length; f += 3) this.fill(solid.faces[f]!, solid.faces[f + 1]!, solid.faces[f + 2]!, sign);
    this.context.putImageData(this.picture, 0, 0);
    return performance.now() - from;
  }

  /** Pixels, and depth -1..1. */
  private project(p: Float32Array, m: ArrayLike<number>): void {
    if (this.screen.length !== p.length) this.screen = new Float32Array(p.length);
    const { screen } = this;
    const [w, h] = [this.canvas.width / 2, this.canvas.height / 2];
    for (let i = 0; i < p.length; i += 3) {
      const x = p[i]!, y = p[i + 1]!, z = p[i + 2]!;
      const by = 1 / (m[3]! * x + m[7]! * y + m[11]! * z + m[15]!);
      screen[i] = w + w * by * (m[0]! * x + m[4]! * y + m[8]! * z + m[12]!);
      screen[i + 1] = h - h * by * (m[1]! * x + m[5]! * y + m[9]! * z + m[13]!);
      screen[i + 2] = by * (m[2]! * x + m[6]! * y + m[10]! * z + m[14]!);
    }
  }

  /** The colour of each vertex, 0..255 as a screen shows it. */
  private light(solid: Solid, eye: readonly number[]): void {
    const { positions: p, normals: n } = solid;
    if (this.shade.length !== p.length) this.shade = new Float32Array(p.length);
    const { shade, lights, sky } = this;
    const [above, below] = [sky[0]!, sky[1]!];
    for (let i = 0; i < p.length; i += 3) {
      const x = n[i]!, y = n[i + 1]!, z = n[i + 2]!;
      const up = 0.5 + 0.5 * y;
      let r = below[0] + up * (above[0] - below[0]);
      let g = below[1] + up * (above[1] - below[1]);
      let b = below[2] + up * (above[2] - below[2]);
      let shine = 0;
      for (const { from, color } of lights) {
        const toward = x * from[0] + y * from[1] + z * from[2];
        if (toward <= 0) continue;
        r += toward * color[0];
        g += toward * color[1];
        b += toward * color[2];
        if (solid.gloss[i / 3]! > 127) shine += glint(p, i, x, y, z, from, eye) * color[1];
      }
      shown(shade, i, r * solid.colors[i]! + shine, g * solid.colors[i + 1]! + shine, b * solid.colors[i + 2]! + shine);
    }
  }

  /** One triangle, if it faces the camera. */
  private fill(a: number, b: number, c: number, sign: number): void {
    const { screen: s, shade, depth, pixels } = this;
    const { width, height } = this.canvas;
    [a, b, c] = [3 * a, 3 * b, 3 * c];
    const ax = s[a]!, ay = s[a + 1]!, bx = s[b]!, by = s[b + 1]!, cx = s[c]!, cy = s[c + 1]!;
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (!(area * sign > 1e-9)) return;
    const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5)), x1 = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5)), y1 = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    const part = 1 / area;
    // shares of b and c at the middle of a pixel, and their change from pixel to pixel
    const bdx = (cy - ay) * part, bdy = (ax - cx) * part, cdx = (ay - by) * part, cdy = (bx - ax) * part;
    for (let y = y0; y <= y1; y++) {
      let u = (x0 + 0.5 - ax) * bdx + (y + 0.5 - ay) * bdy;
      let v = (x0 + 0.5 - ax) * cdx + (y + 0.5 - ay) * cdy;
      for (let x = x0, at = y * width + x0; x <= x1; x++, at++, u += bdx, v += cdx) {
        const t = 1 - u - v;
        if (u < 0 || v < 0 || t < 0) continue;
        const z = t * s[a + 2]! + u * s[b + 2]! + v * s[c + 2]!;
        if (z >= depth[at]! || z < -1) continue;
        depth[at] = z;
        const red = t * shade[a]! + u * shade[b]! + v * shade[c]!;
        const green = t * shade[a + 1]! + u * shade[b + 1]! + v * shade[c + 1]!;
        const blue = t * shade[a + 2]! + u * shade[b + 2]! + v * shade[c + 2]!;
        pixels[at] = 0xff000000 | (blue << 16) | (green << 8) | red;
      }
    }
  }
}

/** How much of a light a wet surface throws into the eye. */
function glint(p: Float32Array, i: number, x: number, y: number, z: number, from: readonly number[], eye: readonly number[]): number {
  let vx = eye[0]! - p[i]!, vy = eye[1]! - p[i + 1]!, vz = eye[2]! - p[i + 2]!;
  const away = 1 / Math.hypot(vx, vy, vz);
  [vx, vy, vz] = [vx * away + from[0]!, vy * away + from[1]!, vz * away + from[2]!];
  const straight = (x * vx + y * vy + z * vz) / Math.hypot(vx, vy, vz);
  return straight > 0 ? 0.5 * straight ** 60 : 0;
}

const EXPOSURE = 1.3;
const CURVE = Float32Array.from({ length: 1025 }, (_, i) => 255 * (i <= 3.2 ? (12.92 * i) / 1024 : 1.055 * (i / 1024) ** (1 / 2.4) - 0.055));

/** A colour of style sheets as light, and as much of it as a matt surface throws back. */
function linear(color: string, strength: number): [number, number, number] {
  const { r, g, b } = new Color(color); // three keeps colours linear
  const share = (EXPOSURE * strength) / Math.PI;
  return [share * r, share * g, share * b];
}

/** Light as a screen shows it: bright parts bend towards white (Narkowicz's curve for ACES), then sRGB. */
function shown(out: Float32Array, i: number, r: number, g: number, b: number): void {
  out[i] = CURVE[(1024 * bend(r)) | 0]!;
  out[i + 1] = CURVE[(1024 * bend(g)) | 0]!;
  out[i + 2] = CURVE[(1024 * bend(b)) | 0]!;
}

function bend(x: number): number {
  return Math.min(1, Math.max(0, (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)));
}
