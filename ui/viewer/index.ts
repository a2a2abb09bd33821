export { Inspector, type InspectorProps } from './inspector.tsx';
export { isModelFile, isShownAtOnce, MODEL_FILES } from './model-files.ts';
export { readShape } from './read-shape.ts';
export { type Shape, ShapeError, type ShapeProblem } from './stl.ts';
export { type ShapeState, useShape, Viewer, type ViewerProps } from './viewer.tsx';
