// A GLB in three.js: window.show(base64, seconds, camera) draws one moment and returns where its vertices are.
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

window.show = async (base64, seconds, view) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const gltf = await new GLTFLoader().parseAsync(bytes.buffer, "");
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(0, 0, 0);
  scene.add(gltf.scene, new THREE.HemisphereLight(0xffffff, 0x667788, 2.0));
  const light = new THREE.DirectionalLight(0xffffff, 2.5);
  light.position.set(-0.4, 0.6, 1);
  scene.add(light);
  const mixer = new THREE.AnimationMixer(gltf.scene);
  const action = mixer.clipAction(gltf.animations[0]);
  action.setLoop(THREE.LoopOnce);
  action.clampWhenFinished = true;
  action.play();
  mixer.setTime(seconds);
  scene.updateMatrixWorld(true);
  const camera = new THREE.PerspectiveCamera(view.fov, 1, 0.01, 10);
  camera.position.fromArray(view.position);
  const renderer = new THREE.WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.setSize(view.size, view.size);
  document.body.replaceChildren(renderer.domElement);
  let mesh = null;
  gltf.scene.traverse((o) => {
    if (!o.isMesh) return;
    o.frustumCulled = false;
    if (o.morphTargetDictionary) mesh = o;
  });
  renderer.render(scene, camera);
  const point = new THREE.Vector3();
  const vertices = [];
  for (let i = 0; i < mesh.geometry.attributes.position.count; i++) {
    mesh.getVertexPosition(i, point);
    point.applyMatrix4(mesh.matrixWorld);
    vertices.push(point.x, point.y, point.z);
  }
  const names = Object.keys(mesh.morphTargetDictionary);
  return { vertices, names, duration: gltf.animations[0].duration, picture: renderer.domElement.toDataURL("image/png") };
};
