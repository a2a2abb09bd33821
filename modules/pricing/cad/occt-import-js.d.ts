/** The part of occt-import-js that is used; the package brings no types. */
declare module 'occt-import-js' {
  export interface StepMesh {
    attributes: { position: { array: number[] } };
    index: { array: number[] };
  }
  interface Occt {
    ReadStepFile(content: Uint8Array, parameters: object): { success: boolean; meshes?: StepMesh[] };
  }
  export default function load(): Promise<Occt>;
}
