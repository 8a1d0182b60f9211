import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  arkitDictionary, Driver, FaceFilter, type Frame, gaussianAvatarsDictionary, HeadFile, lamFlameParams, Mp2FlameError, Profile,
  readM2f, readTake, seenOf, writeTake, zeroParams,
} from "../src/index.js";
import { demoTake } from "./golden.js";

const packed = new Uint8Array(readFileSync("head.m2f"));
const plain = new Uint8Array(gunzipSync(packed));
const take = demoTake(new Uint8Array(readFileSync("../src/mp2flame/base/data/demo_take.npz")));
const driver = await Driver.load(packed);

const said = (error: unknown): boolean => error instanceof Mp2FlameError && error.message.length > 20;

/** The file with another header. */
function withHeader(change: (header: any) => void): Uint8Array {
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(plain.subarray(8, 8 + length)));
  change(header);
  let text = JSON.stringify(header);
  text = text.padEnd(Math.ceil((text.length + 8) / 16) * 16 - 8);
  const bytes = new TextEncoder().encode(text);
  const out = new Uint8Array(8 + bytes.length + plain.length - 8 - length);
  out.set(plain.subarray(0, 4));
  new DataView(out.buffer).setUint32(4, bytes.length, true);
  out.set(bytes, 8);
  out.set(plain.subarray(8 + length), 8 + bytes.length);
  return out;
}

test("a head is read packed and unpacked", async () => {
  assert.equal((await readM2f(plain)).names.length, (await readM2f(packed)).names.length);
  await Driver.load(withHeader(() => {}));
});

test("damaged heads are one sentence", async () => {
  const wrong: [string, Uint8Array][] = [
    ["nothing", new Uint8Array()],
    ["text", new TextEncoder().encode("<!doctype html><title>Not found</title>")],
    ["cut", packed.subarray(0, packed.length >> 1)],
    ["cut unpacked", plain.subarray(0, plain.length >> 1)],
    ["header's length", Uint8Array.from(plain.subarray(0, 4096), (v, i) => (i >= 4 && i < 8 ? 255 : v))],
    ["no JSON", Uint8Array.from(plain.subarray(0, 65536), (v, i) => (i === 8 ? 65 : v))],
    ["bomb", new Uint8Array(gzipSync(new Uint8Array(300 << 20)))],
  ];
  const changes: [string, (h: any) => void][] = [
    ["another format", (h) => (h.format = "mp2flame.web_head/3")],
    ["no arrays", (h) => (h.arrays = null)],
    ["dtype", (h) => (h.arrays.rig.dtype = "constructor")],
    ["negative offset", (h) => (h.arrays.rig.offset = -16)],
    ["offset not aligned", (h) => (h.arrays.rig.offset += 4)],
    ["beyond the end", (h) => (h.arrays.rig.offset = 1e12)],
    ["huge shape", (h) => (h.arrays.rig.shape = [2 ** 30, 2 ** 30])],
    ["fraction", (h) => (h.arrays.rig.shape = [52.5, 59])],
    ["other shape", (h) => (h.arrays.rig.shape = [59, 52])],
    ["missing array", (h) => delete h.arrays.rig],
    ["missing constant", (h) => delete h.constants.neutral_share],
    ["infinite constant", (h) => (h.constants.neutral_share = null)],
    ["fewer vertices", (h) => (h.head.num_shown = 10)],
    ["no vertices", (h) => (h.head.num_vertices = 0)],
    ["names", (h) => (h.names = h.names.slice(1))],
    ["indices", (h) => (h.arrays.moving = { ...h.arrays.basis, shape: [h.arrays.moving.shape[0]] })],
    ["no filters", (h) => delete h.filters],
  ];
  for (const [name, change] of changes) wrong.push([name, withHeader(change)]);
  for (const [name, bytes] of wrong) await assert.rejects(Driver.load(bytes), said, name);
});

test("a head of another version is told apart from a damaged one", async () => {
  const other = (e: unknown): boolean => said(e) && /another version of mp2flame \(by mp2flame .*export-web/.test(String(e));
  const changes: [string, (h: any) => void][] = [
    ["format", (h) => (h.format = "mp2flame.web_head/0")],
    ["array", (h) => delete h.arrays.slopes],
    ["constant", (h) => delete h.constants.neutral_share],
  ];
  for (const [name, change] of changes) await assert.rejects(Driver.load(withHeader(change)), other, name);
  await assert.rejects(Driver.load(plain.subarray(0, plain.length - 400)), (e) => said(e) && !other(e));
});

test("numbers that are not finite are refused", async () => {
  const { header } = await readM2f(packed);
  assert.equal(header["format"], "mp2flame.web_head/2");
  const file = await readM2f(plain);
  (file.get("rig").data as Float32Array)[7] = NaN;
  assert.throws(() => new Driver(new HeadFile(file)), said);
});

test("what cannot be used is refused, and the face goes on afterwards", () => {
  const face = driver.follow();
  const good = take.seen[0]!;
  for (const bad of [
    { blendshapes: new Float32Array(51) },
    { blendshapes: new Float32Array(52).fill(NaN) },
    { ...good, landmarks: (good.landmarks as Float32Array).subarray(3) },
    { ...good, imageSize: undefined },
    { ...good, imageSize: [0, 480] as [number, number] },
    { ...good, landmarks: Float32Array.from(good.landmarks!, (v, i) => (i === 9 ? Infinity : v)) },
  ]) {
    assert.throws(() => face.step(bad, 0), said);
  }
  assert.equal(face.step(good, 33).detected, true);
  assert.throws(() => driver.follow({ filter: "strong" }), said);
  assert.throws(() => new FaceFilter(driver.head, "constructor"), said);
});

test("landmarks all in one place give finite parameters", () => {
  const landmarks = new Float32Array(1434).fill(0.5);
  const frame = driver.follow().step({ blendshapes: new Float32Array(52), landmarks, imageSize: [480, 640] }, 0);
  for (const value of driver.vertices({ ...frame.params, global_orient: new Float32Array(3), transl: new Float32Array(3) })) assert.ok(Number.isFinite(value));
});

test("a face that is lost holds, eases to rest and comes back", () => {
  const face = driver.follow({ filter: "off" });
  for (let i = 0; i < 10; i++) face.step(take.seen[i]!, 33 * i);
  const held = face.step(null, 400);
  assert.equal(face.state, "holding");
  assert.ok(Math.max(...held.weights) > 0.05);
  const away = face.step(null, 3000);
  assert.equal(face.state, "lost");
  assert.equal(Math.max(...away.weights), 0);
  assert.equal(face.step(take.seen[0]!, 3033).detected, true);
});

test("a head pose that comes later than the face is not eased from nowhere", () => {
  const filter = new FaceFilter(driver.head, "steady");
  for (let i = 0; i < 5; i++) filter.step(new Float32Array(52), null, null, 33 * i);
  const [orient, transl] = [Float32Array.of(0.3, 0.1, 0), Float32Array.of(0.1, 0, -0.6)];
  filter.step(new Float32Array(52), orient, transl, 165);
  for (const [k, v] of [0.3, 0.1, 0].entries()) assert.ok(Math.abs(orient[k]! - v) < 1e-6);
  for (const [k, v] of [0.1, 0, -0.6].entries()) assert.ok(Math.abs(transl[k]! - v) < 1e-6);
});

test("a take is written and read back", () => {
  const face = driver.follow();
  const frames: Frame[] = take.seen.slice(0, 20).map((s, i) => face.step(i === 5 ? null : s, 1000 + 33.3 * i));
  const back = readTake(writeTake(frames, { source: "test", credit: "é 😀" }));
  assert.equal(back.timestampMs.length, 20);
  assert.equal(back.timestampMs[0], 0);
  assert.equal(back.seen[5], null);
  assert.deepEqual(back.seen[6]!.imageSize, take.seen[6]!.imageSize);
  assert.deepEqual(Array.from(back.seen[6]!.landmarks!), Array.from(take.seen[6]!.landmarks!));
  assert.equal(back.meta["credit"], "é 😀");
  assert.throws(() => writeTake([], {}), said);
  for (const bytes of [new Uint8Array(), new Uint8Array(99), new TextEncoder().encode("PK\x03\x04 no zip")]) assert.throws(() => readTake(bytes), said);
});

test("a profile is kept as text", () => {
  const profile = Profile.fromRest(take.rest.map((i) => take.seen[i]!));
  const back = Profile.parse(profile.stringify(driver.head.names), driver.head.names);
  assert.ok(Math.abs(back.seen.landmarks![100]! - profile.seen.landmarks![100]!) < 1e-6);
  const face = driver.follow({ profile: back, filter: "off" });
  const rest = face.step(take.seen[take.rest[0]!]!, 0).weights;
  assert.ok(rest.reduce((a, b) => a + b, 0) < 1.5, "somebody's own rest is near to rest");
  for (const text of ["", "[]", "null", "{}", '{"schema":"mp2flame.profile/1"}', '{"schema":"mp2flame.profile/1","neutral_blendshapes":{"jawOpen":"x"}}']) {
    assert.throws(() => Profile.parse(text, driver.head.names), said, text);
  }
  assert.throws(() => Profile.fromRest([]), said);
});

test("other renderers' words", () => {
  const weights = new Float32Array(52);
  weights[25] = 0.5;
  const named = arkitDictionary(weights, driver.head.names);
  assert.equal(Object.keys(named).length, 52);
  assert.equal(named["jawOpen"], 0.5);
  assert.equal(named["_neutral"], undefined);
  const params = { ...zeroParams(50), transl: Float32Array.of(1, 2, 3) };
  const frame = gaussianAvatarsDictionary(params, [1, 1, 1]);
  assert.deepEqual([frame.expr.length, frame.eyes.length, frame.translation], [100, 6, [0, 1, 2]]);
  const file = lamFlameParams([{ timestampMs: 0, detected: true, weights, params, seen: null }]);
  assert.deepEqual(Object.keys(file).sort(), ["expr", "eyes_pose", "fps", "jaw_pose", "neck_pose", "rotation", "translation"]);
});

test("MediaPipe's result without a face, or without scores", () => {
  const empty = { faceLandmarks: [], faceBlendshapes: [], facialTransformationMatrixes: [] };
  assert.equal(seenOf(empty, [480, 640]), null);
  assert.throws(() => seenOf({ ...empty, faceLandmarks: [[{ x: 0, y: 0, z: 0, visibility: 0 }]] } as never, [480, 640]), said);
});
