/** What the server reads, as of `<input accept>`. */
export const MODEL_FILES = '.stl,.step,.stp,.3mf,.obj,.ply,.glb,.gltf,.3dm';

const MODEL_NAME = /\.(stl|step|stp|3mf|obj|ply|glb|gltf|3dm)$/i;

/** By its name: the server looks at the bytes. */
export function isModelFile(name: string): boolean {
  return MODEL_NAME.test(name);
}

/** Whether this page can read the file itself; the shape of the others comes from the server once they are measured. */
export function isShownAtOnce(name: string): boolean {
  return /\.stl$/i.test(name);
}
