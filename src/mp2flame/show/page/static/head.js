// The head in WebGL 2: one mesh, lit by the function that the pictures use.

const VERTEX = `#version 300 es
precision highp float;
uniform mat4 project; uniform mat3 turn; uniform vec3 target; uniform float away; uniform bool inside;
in vec3 position; in vec3 normal; in vec4 paint;
out vec3 v_normal; out vec3 v_place; out vec4 v_paint;
vec3 linear(vec3 c) { return mix(pow((c + 0.055) / 1.055, vec3(2.4)), c / 12.92, vec3(lessThanEqual(c, vec3(0.04045)))); }
void main() {
  vec3 n = normal / max(length(normal), 1e-20);
  // what is seen from inside lies a millimetre deeper, or it would show as a dark seam along the outline
  v_place = turn * (position - (inside ? 0.0015 : 0.0) * n - target) - vec3(0.0, 0.0, away);
  v_normal = turn * n;
  v_paint = vec4(linear(paint.rgb), paint.a);
  gl_Position = project * vec4(v_place, 1.0);
}`;
const fragment = (shade) => `#version 300 es
precision highp float;
uniform bool inside;
in vec3 v_normal; in vec3 v_place; in vec4 v_paint; out vec4 color;
${shade}
void main() {
  vec3 n = normalize(v_normal) * (inside ? -1.0 : 1.0);
  color = vec4(encode(shade(n, normalize(-v_place), v_paint.rgb, v_paint.a, inside)), 1.0);
}`;

export class HeadView {
  constructor(canvas) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { alpha: true, antialias: !inSoftware(), powerPreference: "low-power" });
    this.yaw = 0; this.pitch = 0; this.near = 1; this.asked = false; this.drawn = 0;
    if (!this.gl) return;
    canvas.addEventListener("webglcontextlost", (e) => { e.preventDefault(); this.program = null; });
    canvas.addEventListener("webglcontextrestored", () => { if (this.surface) this.setSurface(this.surface); });
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.listen();
  }

  setSurface(buffer) {
    this.surface = buffer;
    const view = new DataView(buffer), length = view.getUint32(4, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const faces = new Uint32Array(buffer, 8 + length, header.faces * 3);
    const paint = new Uint8Array(buffer, 8 + length + faces.byteLength, header.vertices * 4);
    this.header = header; this.faces = faces.slice();
    this.positions = new Float32Array(header.vertices * 3);
    this.normals = new Float32Array(header.vertices * 3);
    this.ready = false;
    const gl = this.gl;
    if (!gl) return;
    if (!this.program) this.program = build(gl, VERTEX, fragment(header.shade));
    const p = this.program, place = (name) => gl.getAttribLocation(p, name);
    this.vao = gl.createVertexArray();
    gl.bindVertexArray(this.vao);
    const fill = (name, data, size, type, normalized, usage) => {
      const made = gl.createBuffer(), at = place(name);
      gl.bindBuffer(gl.ARRAY_BUFFER, made);
      gl.bufferData(gl.ARRAY_BUFFER, data, usage);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, size, type, normalized, 0, 0);
      return made;
    };
    for (const old of this.buffers ?? []) gl.deleteBuffer(old);
    this.positionBuffer = fill("position", this.positions, 3, gl.FLOAT, false, gl.DYNAMIC_DRAW);
    this.normalBuffer = fill("normal", this.normals, 3, gl.FLOAT, false, gl.DYNAMIC_DRAW);
    const painted = fill("paint", paint, 4, gl.UNSIGNED_BYTE, true, gl.STATIC_DRAW);
    const index = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, index);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, this.faces, gl.STATIC_DRAW);
    this.buffers = [this.positionBuffer, this.normalBuffer, painted, index];
    this.uniforms = Object.fromEntries(["project", "turn", "target", "away", "inside"].map((n) => [n, gl.getUniformLocation(p, n)]));
  }

  // Returns the 52 weights of the frame, or null when it is of another head.
  setFrame(buffer) {
    const view = new DataView(buffer), weights = new Float32Array(buffer, 20, 52);
    const steps = new Int16Array(buffer, 20 + 208), count = this.positions?.length;
    if (steps.length !== count) return null;
    const step = view.getFloat32(16, true), centre = [4, 8, 12].map((at) => view.getFloat32(at, true));
    const out = this.positions;
    for (let i = 0; i < count; i += 3) {
      out[i] = centre[0] + step * steps[i]; out[i + 1] = centre[1] + step * steps[i + 1]; out[i + 2] = centre[2] + step * steps[i + 2];
    }
    if (this.gl && this.program) { this.turnNormals(); this.ready = this.fresh = true; this.draw(); }
    return weights;
  }

  turnNormals() {
    const p = this.positions, n = this.normals, f = this.faces;
    n.fill(0);
    for (let i = 0; i < f.length; i += 3) {
      const a = 3 * f[i], b = 3 * f[i + 1], c = 3 * f[i + 2];
      const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
      const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
      const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
      n[a] += x; n[a + 1] += y; n[a + 2] += z; n[b] += x; n[b + 1] += y; n[b + 2] += z; n[c] += x; n[c + 1] += y; n[c + 2] += z;
    }
  }

  draw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.paint(); });
  }

  paint() {
    const gl = this.gl, canvas = this.canvas;
    if (!gl || !this.ready || !this.program) return;
    const dots = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(1, Math.round(canvas.clientWidth * dots)), height = Math.max(1, Math.round(canvas.clientHeight * dots));
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.useProgram(this.program);
    gl.bindVertexArray(this.vao);
    if (this.fresh) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.positionBuffer); gl.bufferSubData(gl.ARRAY_BUFFER, 0, this.positions);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.normalBuffer); gl.bufferSubData(gl.ARRAY_BUFFER, 0, this.normals);
      this.fresh = false;
    }
    const aspect = width / height, half = Math.tan((this.header.fov * Math.PI) / 360);
    const away = (this.header.height / 2 / half) * Math.max(1, 0.74 / aspect) / this.near;
    const near = 0.05 * away, far = 4 * away;
    const cy = Math.cos(this.yaw), sy = Math.sin(this.yaw), cx = Math.cos(this.pitch), sx = Math.sin(this.pitch);
    gl.uniformMatrix4fv(this.uniforms.project, false, [1 / half / aspect, 0, 0, 0, 0, 1 / half, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, (2 * far * near) / (near - far), 0]);
    // columns of Rx(pitch) * Ry(yaw)
    gl.uniformMatrix3fv(this.uniforms.turn, false, [cy, sx * sy, -cx * sy, 0, cx, sx, sy, -sx * cy, cx * cy]);
    gl.uniform3fv(this.uniforms.target, this.header.target);
    gl.uniform1f(this.uniforms.away, away);
    gl.enable(gl.CULL_FACE);
    for (const [inside, culled] of [[0, gl.BACK], [1, gl.FRONT]]) { // as the pictures do: what faces the camera first
      gl.cullFace(culled);
      gl.uniform1i(this.uniforms.inside, inside);
      gl.drawElements(gl.TRIANGLES, this.faces.length, gl.UNSIGNED_INT, 0);
    }
    this.drawn += 1;
    canvas.dataset.drawn = this.drawn;
  }

  look(yaw, pitch = 0, near = 1) { this.yaw = yaw; this.pitch = pitch; this.near = near; this.draw(); }

  turn(dx, dy) {
    this.yaw += dx;
    this.pitch = Math.max(-1.4, Math.min(1.4, this.pitch + dy));
    this.draw();
  }

  zoom(factor) { this.near = Math.max(0.4, Math.min(6, this.near * factor)); this.draw(); }

  listen() {
    const canvas = this.canvas, fingers = new Map();
    let apart = 0;
    canvas.addEventListener("pointerdown", (e) => { canvas.setPointerCapture(e.pointerId); fingers.set(e.pointerId, e); apart = 0; });
    canvas.addEventListener("pointermove", (e) => {
      const last = fingers.get(e.pointerId);
      if (!last) return;
      fingers.set(e.pointerId, e);
      if (fingers.size === 1) this.turn((e.clientX - last.clientX) * 0.008, (e.clientY - last.clientY) * 0.008);
      else {
        const [a, b] = [...fingers.values()], now = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
        if (apart) this.zoom(now / apart);
        apart = now;
      }
    });
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, (e) => { fingers.delete(e.pointerId); apart = 0; });
    canvas.addEventListener("wheel", (e) => { e.preventDefault(); this.zoom(Math.exp(-e.deltaY * 0.001)); }, { passive: false });
    canvas.addEventListener("keydown", (e) => {
      const steps = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.12], ArrowDown: [0, 0.12] }[e.key];
      if (steps) this.turn(...steps);
      else if (e.key === "+" || e.key === "=") this.zoom(1.15);
      else if (e.key === "-") this.zoom(1 / 1.15);
      else if (e.key === "0") this.look(0);
      else return;
      e.preventDefault();
    });
  }
}

// Drivers without a graphics processor leave holes where four samples a pixel are asked for.
function inSoftware() {
  const gl = document.createElement("canvas").getContext("webgl2"), info = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

function build(gl, vertex, fragmentText) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragmentText]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error("the head's shader: " + gl.getProgramInfoLog(program));
  return program;
}
