/** What puts the head on the canvas: the graphics card by three.js, or the processor (`raster.ts`). */
import {
  ACESFilmicToneMapping, BufferAttribute, BufferGeometry, DirectionalLight, Group, HemisphereLight, type Matrix4, Mesh,
  MeshPhysicalMaterial, MeshStandardMaterial, type PerspectiveCamera, Scene, SRGBColorSpace, WebGLRenderer,
} from "three";

/** A mesh: `colors` are linear light, `gloss` over 127 is wet; positions and normals are written into from frame to frame. */
export interface Solid {
  readonly positions: Float32Array;
  readonly normals: Float32Array;
  readonly faces: Uint32Array;
  readonly colors: Float32Array;
  readonly gloss: Uint8Array;
}

export interface Painter {
  setSolid(solid: Solid): void;
  /** Positions and normals have changed. */
  moved(): void;
  /** Size on the page, and pixels of the picture for one of it. */
  resize(width: number, height: number, ratio: number): void;
  /** `place` moves the mesh; returns the milliseconds it took, 0 where that cannot be told. */
  draw(camera: PerspectiveCamera, place: Matrix4): number;
}

/** Colour, strength and where it comes from: key, fill, rim. */
export const LIGHTS: readonly (readonly [string, number, number, number, number])[] = [
  ["#fff1e2", 2.2, -0.8, 1.1, 1.6],
  ["#bcd0ff", 0.9, 1.5, 0.2, 1.0],
  ["#ffd3b5", 2.2, 0.9, 0.9, -1.6],
];
/** From above and from below. */
export const SKY = { colors: ["#dfe6ff", "#59483f"], strength: 0.9 } as const;

/** The graphics card. Throws where there is no WebGL. */
export class Card implements Painter {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly holder = new Group();
  private mesh: Mesh | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true, powerPreference: "high-performance" });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.toneMapping = ACESFilmicToneMapping;
    this.renderer.toneMappingExposure = 1.12;
    this.scene.add(new HemisphereLight(...SKY.colors, SKY.strength), this.holder);
    for (const [color, strength, x, y, z] of LIGHTS) {
      const light = new DirectionalLight(color, strength);
      light.position.set(x, y, z);
      this.scene.add(light);
    }
    this.holder.matrixAutoUpdate = false;
  }

  setSolid(solid: Solid): void {
    this.mesh?.geometry.dispose();
    if (this.mesh) this.holder.remove(this.mesh);
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(solid.positions, 3).setUsage(35048));
    geometry.setAttribute("normal", new BufferAttribute(solid.normals, 3).setUsage(35048));
    geometry.setAttribute("color", new BufferAttribute(solid.colors, 3));
    const { index, skin } = byGloss(solid.faces, solid.gloss);
    geometry.setIndex(new BufferAttribute(index, 1));
    geometry.addGroup(0, skin, 0);
    geometry.addGroup(skin, index.length - skin, 1);
    const vertexColors = true;
    this.mesh = new Mesh(geometry, [
      new MeshStandardMaterial({ vertexColors, roughness: 0.55 }),
      new MeshPhysicalMaterial({ vertexColors, roughness: 0.12, clearcoat: 1, clearcoatRoughness: 0.05 }),
    ]);
    this.mesh.frustumCulled = false;
    this.holder.add(this.mesh);
  }

  moved(): void {
    if (!this.mesh) return;
    const { position, normal } = this.mesh.geometry.attributes;
    position!.needsUpdate = true;
    normal!.needsUpdate = true;
  }

  resize(width: number, height: number, ratio: number): void {
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
  }

  draw(camera: PerspectiveCamera, place: Matrix4): number {
    this.holder.matrix.copy(place);
    this.holder.matrixWorldNeedsUpdate = true;
    this.renderer.render(this.scene, camera);
    return 0;
  }
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
