import { Data3DTexture, LinearFilter, type MeshStandardMaterial, RGFormat, UnsignedByteType, Vector3 } from 'three';
import type { Heat } from './heat.ts';

/** At the limit, and from `REDDEST` of it downwards; apart for every kind of colour vision, in both themes. */
export const AMBER = '#f0a63c';
export const RED = '#b3202c';
const REDDEST = 0.4;

/** Colours a material by wall thickness, looked up in a volume: it works for any mesh, however its triangles lie. */
export interface HeatPaint {
  /** `limit` in file units; `middle` is where the origin of the drawn mesh lies in the file. */
  show(heat: Heat, limit: number, middle: readonly [number, number, number]): void;
  hide(): void;
  dispose(): void;
}

export function heatPaint(material: MeshStandardMaterial): HeatPaint {
  const uniforms = {
    heat: { value: null as Data3DTexture | null },
    heatOn: { value: 0 },
    heatOrigin: { value: new Vector3() },
    heatExtent: { value: new Vector3(1, 1, 1) },
    heatLimit: { value: 0 },
    heatStep: { value: 1 },
  };
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms);
    shader.vertexShader = `varying vec3 vPlace;\n${shader.vertexShader}`.replace(
      '#include <begin_vertex>',
      '#include <begin_vertex>\nvPlace = position;',
    );
    shader.fragmentShader = `${DECLARATIONS}\n${shader.fragmentShader}`.replace(
      '#include <color_fragment>',
      `#include <color_fragment>\n${LOOK_UP}`,
    );
  };
  return {
    show({ dims, origin, cell, codes, lnStep, lnFirst }, limit, middle) {
      uniforms.heat.value?.dispose();
      uniforms.heat.value = texture(codes, dims);
      uniforms.heatOrigin.value.set(origin[0] - middle[0], origin[1] - middle[1], origin[2] - middle[2]);
      uniforms.heatExtent.value.set(dims[0], dims[1], dims[2]).multiplyScalar(cell);
      uniforms.heatLimit.value = 1 + (Math.log(limit) - lnFirst) / lnStep;
      uniforms.heatStep.value = lnStep;
      uniforms.heatOn.value = 1;
    },
    hide() {
      uniforms.heatOn.value = 0;
    },
    dispose() {
      uniforms.heat.value?.dispose();
    },
  };
}

/** Two channels, so that a cell of which nothing is known does not pull its neighbours down: code × known, known. */
function texture(codes: Uint8Array, [x, y, z]: readonly [number, number, number]): Data3DTexture {
  const pairs = new Uint8Array(codes.length * 2);
  for (let n = 0; n < codes.length; n++) {
    pairs[n * 2] = codes[n]!;
    pairs[n * 2 + 1] = codes[n] === 0 ? 0 : 255;
  }
  const made = new Data3DTexture(pairs, x, y, z);
  made.format = RGFormat;
  made.type = UnsignedByteType;
  made.minFilter = LinearFilter;
  made.magFilter = LinearFilter;
  made.unpackAlignment = 1;
  made.needsUpdate = true;
  return made;
}

const DECLARATIONS = `
precision highp sampler3D;
uniform sampler3D heat;
uniform float heatOn;
uniform vec3 heatOrigin;
uniform vec3 heatExtent;
uniform float heatLimit;
uniform float heatStep;
varying vec3 vPlace;
`;

const colour = (hex: string) => {
  const linear = [1, 3, 5].map((at) => (Number.parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2);
  return `vec3(${linear.map((part) => part.toFixed(4)).join(', ')})`;
};

const LOOK_UP = `
if (heatOn > 0.5) {
  vec2 found = texture(heat, (vPlace - heatOrigin) / heatExtent).rg;
  if (found.g > 0.02) {
    float share = exp((found.r / found.g * 255.0 - heatLimit) * heatStep);
    if (share < 1.0) {
      float depth = clamp((1.0 - share) / ${(1 - REDDEST).toFixed(2)}, 0.0, 1.0);
      diffuseColor.rgb = mix(${colour(AMBER)}, ${colour(RED)}, depth);
    }
  }
}
`;
