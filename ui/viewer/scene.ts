import {
  Box3,
  Box3Helper,
  BufferAttribute,
  BufferGeometry,
  CanvasTexture,
  Color,
  DirectionalLight,
  DoubleSide,
  HemisphereLight,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  Scene,
  Spherical,
  Vector3,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import type { Heat } from './heat.ts';
import { heatPaint, RED } from './heat-material.ts';
import type { Shape } from './stl.ts';

export interface SceneColours {
  body: string;
  edges: string;
  box: string;
}

export type Point = readonly [number, number, number];

export interface SceneView {
  paint(colours: SceneColours): void;
  showEdges(shown: boolean): void;
  /** Colours what is thinner than `limit` (file units); null: nothing. */
  showHeat(shown: { heat: Heat; limit: number } | null): void;
  /** Turns so that a place of the file is in front, and marks it. */
  lookAt(place: Point): void;
  fit(): void;
  /** Turns the model under a fixed eye, radians. */
  turn(around: number, over: number): void;
  dispose(): void;
}

/** Where a dimension's label belongs on the canvas, in CSS pixels; null when it points away. */
export type LabelPlaces = [Place, Place, Place];
export type Place = { x: number; y: number };

const VIEW_DEGREES = 34;
const MARKER_PIXELS = 26;
const START = new Vector3(1, -1.35, 0.85).normalize();

/** Draws one shape; paints again only when something moved. `canvas.dataset.shown` says when the first picture is there. Throws where WebGL is missing. */
export function openScene(canvas: HTMLCanvasElement, shape: Shape, onPlaces: (places: LabelPlaces) => void): SceneView {
  const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true, powerPreference: 'low-power' });
  renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
  const scene = new Scene();
  const camera = new PerspectiveCamera(VIEW_DEGREES, 1, 0.01, 1000);
  camera.up.set(0, 0, 1);
  const controls = new OrbitControls(camera, canvas);
  controls.enableDamping = false;

  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(shape.positions, 3));
  geometry.setAttribute('normal', new BufferAttribute(shape.normals, 3));
  const body = new MeshStandardMaterial({
    side: DoubleSide,
    roughness: 0.62,
    metalness: 0.08,
    polygonOffset: true,
    polygonOffsetFactor: 1,
    polygonOffsetUnits: 1,
  });
  const heat = heatPaint(body);
  scene.add(new Mesh(geometry, body));
  const edgeGeometry = new BufferGeometry();
  edgeGeometry.setAttribute('position', new BufferAttribute(shape.edges, 3));
  const edgeMaterial = new LineBasicMaterial({ transparent: true, opacity: 0.55 });
  const edges = new LineSegments(edgeGeometry, edgeMaterial);
  scene.add(edges);

  const half = new Vector3(...shape.size).divideScalar(2);
  const box = new Box3Helper(new Box3(half.clone().negate(), half.clone()));
  const boxMaterial = box.material as LineBasicMaterial;
  boxMaterial.transparent = true;
  boxMaterial.opacity = 0.5;
  scene.add(box);

  const marker = new Points(
    new BufferGeometry().setAttribute('position', new BufferAttribute(new Float32Array(3), 3)),
    new PointsMaterial({
      color: RED,
      size: MARKER_PIXELS * renderer.getPixelRatio(),
      sizeAttenuation: false,
      depthTest: false,
      map: disc(),
      transparent: true,
    }),
  );
  marker.visible = false;
  scene.add(marker);

  scene.add(new HemisphereLight(0xffffff, 0x8c8f8a, 1.6));
  const key = new DirectionalLight(0xffffff, 1.9);
  const fill = new DirectionalLight(0xffffff, 0.55);
  camera.add(key, fill);
  key.position.set(1.2, 1.6, 2);
  fill.position.set(-2, -0.6, 1);
  scene.add(camera);

  let asked = false;
  let drawn = false;
  function drawNow(): void {
    asked = false;
    renderer.render(scene, camera);
    if (!drawn) whenDrawn(renderer.getContext() as WebGL2RenderingContext, () => (canvas.dataset.shown = 'true'));
    drawn = true;
    onPlaces(labelPlaces(half, camera, canvas));
  }
  function draw(): void {
    if (asked) return;
    asked = true;
    requestAnimationFrame(drawNow);
  }

  function fit(): void {
    const radius = Math.max(half.length(), 1e-6);
    const narrow = Math.min(1, camera.aspect);
    const distance = (radius / Math.sin((VIEW_DEGREES * Math.PI) / 360) / narrow) * 1.08;
    camera.position.copy(START).multiplyScalar(distance);
    camera.near = distance / 100;
    camera.far = distance * 10;
    camera.updateProjectionMatrix();
    controls.target.set(0, 0, 0);
    controls.update();
    draw();
  }

  let fitted = false;
  const sizes = new ResizeObserver(() => {
    const { clientWidth, clientHeight } = canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    renderer.setSize(clientWidth, clientHeight, false);
    camera.aspect = clientWidth / clientHeight;
    camera.updateProjectionMatrix();
    if (!fitted) fit();
    fitted = true;
    // A new size empties the canvas: it is filled again before it is shown.
    drawNow();
  });
  sizes.observe(canvas);
  controls.addEventListener('change', draw);

  return {
    fit,
    paint(colours) {
      body.color = new Color(colours.body);
      edgeMaterial.color = new Color(colours.edges);
      boxMaterial.color = new Color(colours.box);
      draw();
    },
    showEdges(shown) {
      edges.visible = shown;
      draw();
    },
    showHeat(shown) {
      if (shown) heat.show(shown.heat, shown.limit, shape.middle);
      else heat.hide();
      draw();
    },
    lookAt([x, y, z]) {
      const [mx, my, mz] = shape.middle;
      marker.position.set(x - mx, y - my, z - mz);
      marker.visible = true;
      const distance = camera.position.length();
      // A little of the usual view stays: straight from above one does not see what it is.
      const from = marker.position.clone().divide(half.clone().max(new Vector3(1e-9, 1e-9, 1e-9)));
      camera.position.copy(from.normalize().addScaledVector(START, 0.45).normalize().multiplyScalar(distance));
      controls.update();
      draw();
    },
    turn(around, over) {
      const place = new Spherical().setFromVector3(toYUp(camera.position));
      place.theta += around;
      place.phi = Math.min(Math.PI - 0.05, Math.max(0.05, place.phi + over));
      camera.position.copy(toZUp(new Vector3().setFromSpherical(place)));
      controls.update();
      draw();
    },
    dispose() {
      sizes.disconnect();
      controls.dispose();
      for (const owned of [geometry, edgeGeometry, body, edgeMaterial, boxMaterial, heat, marker.geometry])
        owned.dispose();
      marker.material.map?.dispose();
      marker.material.dispose();
      box.geometry.dispose();
      renderer.dispose();
      renderer.forceContextLoss();
    },
  };
}

/** A ring that shows what is under it. */
function disc(): CanvasTexture {
  const canvas = document.createElement('canvas');
  canvas.width = 64;
  canvas.height = 64;
  const pen = canvas.getContext('2d')!;
  for (const [width, colour] of [
    [16, 'rgba(0, 0, 0, 0.4)'],
    [9, '#ffffff'],
  ] as const) {
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.arc(32, 32, 22, 0, 2 * Math.PI);
    pen.stroke();
  }
  return new CanvasTexture(canvas);
}

/** Drawing commands return long before their picture is there. */
function whenDrawn(gl: WebGL2RenderingContext, then: () => void): void {
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  if (!fence) {
    then();
    return;
  }
  gl.flush();
  const look = (): void => {
    if (gl.isContextLost()) return;
    if (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) requestAnimationFrame(look);
    else then();
  };
  requestAnimationFrame(look);
}

/** Middles of the three box edges nearest to the lower front: where a draughtsman would write the length. */
function labelPlaces(half: Vector3, camera: PerspectiveCamera, canvas: HTMLCanvasElement): LabelPlaces {
  const eye = camera.position;
  const side = (value: number) => (value >= 0 ? 1 : -1);
  const [sx, sy] = [side(eye.x), side(eye.y)];
  const sz = -side(eye.z);
  const project = (x: number, y: number, z: number): Place => {
    const point = new Vector3(x, y, z).project(camera);
    return { x: ((point.x + 1) / 2) * canvas.clientWidth, y: ((1 - point.y) / 2) * canvas.clientHeight };
  };
  return [
    project(0, sy * half.y, sz * half.z),
    project(sx * half.x, 0, sz * half.z),
    project(sx * half.x, -sy * half.y, 0),
  ];
}

function toYUp(v: Vector3): Vector3 {
  return new Vector3(v.x, v.z, -v.y);
}

function toZUp(v: Vector3): Vector3 {
  return new Vector3(v.x, -v.z, v.y);
}
