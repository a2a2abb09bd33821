/** What a file may ask for. Every reader checks before it allocates. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024;
export const MAX_TRIANGLES = 20_000_000;
/** Corner points kept in memory, 12 bytes each. A closed mesh of the most triangles has ten million. */
export const MAX_VERTICES = 16_000_000;
/** In file units, either side of the origin. */
export const MAX_COORDINATE = 1e6;
export const MAX_POLYGON_CORNERS = 65_536;
