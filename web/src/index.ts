/** mp2flame in TypeScript: MediaPipe's scores and landmarks in, FLAME parameters and vertices out, on the device. */
export type { Seen } from "./align.js";
export { M2f, readM2f } from "./container.js";
export { Driver, FaceDriver, type FollowOptions, type Frame } from "./driver.js";
export { Mp2FlameError } from "./errors.js";
export { FaceLost, type LostPolicy, USUAL_POLICY } from "./face_lost.js";
export { FaceFilter } from "./filter.js";
export { Flame } from "./flame.js";
export { HeadFile, type HeadInfo } from "./head.js";
export { type HeadPose, RestShape } from "./head_frame.js";
export { type Neutral, neutralMeta } from "./neutral.js";
export { Profile } from "./profile.js";
export { Face, Response } from "./response.js";
export { type FlameParams, Rig, zeroParams } from "./rig.js";
export { readNpz, readTake, type RecordedTake, writeTake } from "./take.js";
export { Detector, type DetectorOptions, seenOf, type TasksVision } from "./detector.js";
export { arkitDictionary, gaussianAvatarsDictionary, type GaussianAvatarsFrame, lamFlameParams } from "./outputs.js";
