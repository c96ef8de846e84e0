/**
 * @file The three matrices of the minimal filtering algorithm F(4,3), made from interpolation points. The Winograd
 * kernels apply them along rows and columns of tiles:
 *
 *     y  = A^T [ (G g G^T) * (B^T d B) ] A        4x4 results of a 3x3 filter g over a 6x6 patch d, F(4x4,3x3)
 *     dg = G^T [ (B^T d B) * (A dy A^T) ] G       its adjoint in g: the filter gradient, F(3x3,4x4)
 *
 * where * multiplies element by element: 36 products where the direct sum needs 144.
 *
 * S. Winograd, Arithmetic Complexity of Computations, SIAM 1980; A. Lavin and S. Gray, Fast Algorithms for
 * Convolutional Neural Networks, CVPR 2016. The construction is Toom and Cook's: evaluate both polynomials at points,
 * multiply, interpolate; transposed, it computes a correlation. That points decide about the error: B. Barabasz,
 * A. Anderson, K. Soodhalter and D. Gregg, Error Analysis and Improving the Accuracy of Winograd Convolution for Deep
 * Neural Networks, ACM TOMS 46(4), 2020.
 */

export type Matrix = readonly (readonly number[])[]

/** Results of a tile along one axis. */
export const TILE = 4
/** Taps of the filter along one axis. */
export const TAPS = 3
/** Inputs of a tile along one axis, of which neighbouring tiles share two; so many points the algorithm needs. */
export const SPAN = TILE + TAPS - 1

/**
 * The points, besides infinity. Opposite points share half of their arithmetic. Of all such points in quarters these
 * have the smallest error, a third of that of 0, +-1, +-2; A and B are exact.
 */
const POINTS = [0, 3 / 4, -3 / 4, 3 / 2, -3 / 2]

/** Coefficients, constant first, of the product of (x - root) over all roots. */
function polynomial(roots: readonly number[]): number[] {
  const timesRoot = (c: readonly number[], root: number) => [...c, 0].map((ci, i) => (c[i - 1] ?? 0) - root * ci)
  return roots.reduce(timesRoot, [1])
}

const powers = (p: number, count: number) => Array.from({ length: count }, (_, i) => p ** i)
const last = (count: number) => powers(0, count).reverse()
const others = (p: number) => POINTS.filter((q) => q !== p)

/** B^T [6,6]: the patch, in the basis dual to the points. */
export const DATA: Matrix = [...POINTS.map((p) => [...polynomial(others(p)), 0]), polynomial(POINTS)]

/** G [6,3]: the filter at the points, over the interpolation's denominators. */
export const FILTER: Matrix = [
  ...POINTS.map((p) => {
    const denominator = others(p).reduce((product, q) => product * (p - q), 1)
    return powers(p, TAPS).map((x) => x / denominator)
  }),
  last(TAPS),
]

/** A^T [4,6]: from products to results. */
export const RESULT: Matrix = transpose([...POINTS.map((p) => powers(p, TILE)), last(TILE)])

export function transpose(matrix: Matrix): Matrix {
  return matrix[0].map((_, j) => matrix.map((row) => row[j]))
}
