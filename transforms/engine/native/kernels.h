/* The arithmetic, written once and compiled once per instruction set: the includer defines KERNEL(name), TARGET and
 * WIDE (1 where AVX2 intrinsics may be used).
 *
 * Every number of the output is one chain of multiply-adds over k = 0, 1, 2 … whatever the row's place in the batch, the
 * size of the tile or the width of the registers. That is why an article's entities cannot depend on its neighbours. */

#define INLINE static inline __attribute__((always_inline)) TARGET

/* C[i][0..15] = sum over k of A[i][k] * B[k][0..15] for `rows` (a constant, at most 6) rows; B is one packed panel. */
INLINE void KERNEL(tile)(const int rows, const float *a, long lda, const float *panel, long depth, float *c, long ldc) {
#if WIDE
    __m256 low[TILE_ROWS], high[TILE_ROWS];
    for (int i = 0; i < rows; i++) low[i] = high[i] = _mm256_setzero_ps();
    for (long k = 0; k < depth; k++) {
        const __m256 left = _mm256_loadu_ps(panel + k * PANEL), right = _mm256_loadu_ps(panel + k * PANEL + 8);
#pragma GCC unroll 6
        for (int i = 0; i < rows; i++) {
            const __m256 x = _mm256_broadcast_ss(a + i * lda + k);
            low[i] = _mm256_fmadd_ps(x, left, low[i]);
            high[i] = _mm256_fmadd_ps(x, right, high[i]);
        }
    }
    for (int i = 0; i < rows; i++) {
        _mm256_storeu_ps(c + i * ldc, low[i]);
        _mm256_storeu_ps(c + i * ldc + 8, high[i]);
    }
#else
    for (int i = 0; i < rows; i++) {
        float sum[PANEL] = {0};
        for (long k = 0; k < depth; k++) {
            const float x = a[i * lda + k];
            for (int j = 0; j < PANEL; j++) sum[j] = MULTIPLY_ADD(x, panel[k * PANEL + j], sum[j]);
        }
        memcpy(c + i * ldc, sum, sizeof sum);
    }
#endif
}

/* C[rows][panels * 16] = A[rows][depth] · B, B packed by panels of 16 columns. */
static TARGET void KERNEL(multiply)(const float *a, long lda, long rows, const float *packed, long depth, long panels,
                                    float *c, long ldc) {
    for (long p = 0; p < panels; p++) {
        const float *panel = packed + p * depth * PANEL;
        float *out = c + p * PANEL;
        long i = 0;
        for (; i + TILE_ROWS <= rows; i += TILE_ROWS)
            KERNEL(tile)(TILE_ROWS, a + i * lda, lda, panel, depth, out + i * ldc, ldc);
        switch (rows - i) {
            case 1: KERNEL(tile)(1, a + i * lda, lda, panel, depth, out + i * ldc, ldc); break;
            case 2: KERNEL(tile)(2, a + i * lda, lda, panel, depth, out + i * ldc, ldc); break;
            case 3: KERNEL(tile)(3, a + i * lda, lda, panel, depth, out + i * ldc, ldc); break;
            case 4: KERNEL(tile)(4, a + i * lda, lda, panel, depth, out + i * ldc, ldc); break;
            case 5: KERNEL(tile)(5, a + i * lda, lda, panel, depth, out + i * ldc, ldc); break;
            default: break;
        }
    }
}

/* One row times `count` panels (a constant, at most 4) at once: enough sums under way to hide what each waits for. */
INLINE void KERNEL(strip)(const int count, const float *a, const float *packed, long depth, float *c) {
#if WIDE
    __m256 low[4], high[4];
    for (int p = 0; p < count; p++) low[p] = high[p] = _mm256_setzero_ps();
    for (long k = 0; k < depth; k++) {
        const __m256 x = _mm256_broadcast_ss(a + k);
#pragma GCC unroll 4
        for (int p = 0; p < count; p++) {
            const float *panel = packed + (p * depth + k) * PANEL;
            low[p] = _mm256_fmadd_ps(x, _mm256_loadu_ps(panel), low[p]);
            high[p] = _mm256_fmadd_ps(x, _mm256_loadu_ps(panel + 8), high[p]);
        }
    }
    for (int p = 0; p < count; p++) {
        _mm256_storeu_ps(c + p * PANEL, low[p]);
        _mm256_storeu_ps(c + p * PANEL + 8, high[p]);
    }
#else
    for (int p = 0; p < count; p++) KERNEL(tile)(1, a, depth, packed + p * depth * PANEL, depth, c + p * PANEL, PANEL);
#endif
}

static TARGET void KERNEL(row)(const float *a, const float *packed, long depth, long panels, float *c) {
    long p = 0;
    for (; p + 4 <= panels; p += 4) KERNEL(strip)(4, a, packed + p * depth * PANEL, depth, c + p * PANEL);
    packed += p * depth * PANEL, c += p * PANEL;
    switch (panels - p) {
        case 1: KERNEL(strip)(1, a, packed, depth, c); break;
        case 2: KERNEL(strip)(2, a, packed, depth, c); break;
        case 3: KERNEL(strip)(3, a, packed, depth, c); break;
        default: break;
    }
}

/* The first of the highest of v[from..to), kept against `best` so far (an index, or -1) only where strictly higher. */
INLINE int32_t KERNEL(highest)(const float *v, int32_t from, int32_t to, int32_t best) {
    float lane[8], top = best < 0 ? -INFINITY : v[best];
    int32_t k = from;
    for (int l = 0; l < 8; l++) lane[l] = -INFINITY;
    for (; k + 8 <= to; k += 8)
        for (int l = 0; l < 8; l++) lane[l] = v[k + l] > lane[l] ? v[k + l] : lane[l];
    for (; k < to; k++) lane[0] = v[k] > lane[0] ? v[k] : lane[0];
    for (int l = 1; l < 8; l++) lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
    if (!(lane[0] > top)) return best;
    for (k = from; v[k] != lane[0]; k++) continue;
    return k;
}

INLINE float KERNEL(sum)(const float *v) {
    float lane[8] = {0};
    for (int j = 0; j < WIDTH; j += 8)
        for (int l = 0; l < 8; l++) lane[l] += v[j + l];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* One row: the best of three pieces, normalised over the row, scaled, plus what was there before. */
INLINE void KERNEL(maxout_norm)(const float *y, const Layer *layer, const float *residual, float *out) {
    float v[WIDTH], squares[WIDTH];
    const float *b = layer->bias;
    for (int j = 0; j < WIDTH; j++) {
        const float p = y[j] + b[j], q = y[WIDTH + j] + b[WIDTH + j], r = y[2 * WIDTH + j] + b[2 * WIDTH + j];
        const float m = p > q ? p : q;
        v[j] = m > r ? m : r;
    }
    const float mean = KERNEL(sum)(v) / WIDTH;
    for (int j = 0; j < WIDTH; j++) squares[j] = (v[j] - mean) * (v[j] - mean);
    const float scale = 1.0f / sqrtf(KERNEL(sum)(squares) / WIDTH + 1e-8f);
    for (int j = 0; j < WIDTH; j++) out[j] = (v[j] - mean) * scale * layer->gain[j] + layer->shift[j];
    if (residual)
        for (int j = 0; j < WIDTH; j++) out[j] += residual[j];
}

/* Rows of `depth` floats through one maxout layer. */
static TARGET void KERNEL(layer)(const float *a, long rows, long depth, const Layer *layer, float *out) {
    float y[BLOCK_ROWS * PIECES * WIDTH];
    for (long at = 0; at < rows; at += BLOCK_ROWS) {
        const long n = rows - at < BLOCK_ROWS ? rows - at : BLOCK_ROWS;
        KERNEL(multiply)(a + at * depth, depth, n, layer->weights, depth, PIECES * WIDTH / PANEL, y, PIECES * WIDTH);
        for (long i = 0; i < n; i++)
            KERNEL(maxout_norm)(y + i * PIECES * WIDTH, layer, NULL, out + (at + i) * WIDTH);
    }
}

/* A convolution over windows of three rows, two rows of output at once (Winograd's F(2, 3)): with d the four rows about
 * them, four products of 96 in place of six,
 *
 *     y0 = W0 (d0 - d2) + P + Q     P = (W0 + W1 + W2) / 2 · (d1 + d2)
 *     y1 = P - Q - W2 (d1 - d3)     Q = (W0 - W1 + W2) / 2 · (d2 - d1)
 *
 * `rows` points at the row before the first output row; layer->weights holds the four matrices one after another. */
static TARGET void KERNEL(windows)(const float *rows, long pairs, const Layer *layer, float *out) {
    float d[4][BLOCK_ROWS / 2 * WIDTH], m[4][BLOCK_ROWS / 2 * PANEL], y[BLOCK_ROWS * PIECES * WIDTH];
    const long part = PIECES * WIDTH;
    for (long at = 0; at < pairs; at += BLOCK_ROWS / 2) {
        const long n = pairs - at < BLOCK_ROWS / 2 ? pairs - at : BLOCK_ROWS / 2;
        for (long i = 0; i < n; i++) {
            const float *row = rows + 2 * (at + i) * WIDTH;
            for (int j = 0; j < WIDTH; j++) {
                d[0][i * WIDTH + j] = row[j] - row[2 * WIDTH + j];
                d[1][i * WIDTH + j] = row[WIDTH + j] + row[2 * WIDTH + j];
                d[2][i * WIDTH + j] = row[2 * WIDTH + j] - row[WIDTH + j];
                d[3][i * WIDTH + j] = row[WIDTH + j] - row[3 * WIDTH + j];
            }
        }
        for (long p = 0; p < part / PANEL; p++) {
            for (int q = 0; q < 4; q++)
                KERNEL(multiply)(d[q], WIDTH, n, layer->weights + (q * part + p * PANEL) * WIDTH, WIDTH, 1, m[q], PANEL);
            for (long i = 0; i < n; i++) {
                float *even = y + 2 * i * part + p * PANEL, *odd = even + part;
                for (int j = 0; j < PANEL; j++) {
                    const long k = i * PANEL + j;
                    even[j] = m[0][k] + m[1][k] + m[2][k];
                    odd[j] = m[1][k] - m[2][k] - m[3][k];
                }
            }
        }
        for (long i = 0; i < 2 * n; i++) {
            const long r = 2 * at + i;
            KERNEL(maxout_norm)(y + i * part, layer, rows + (r + 1) * WIDTH, out + r * WIDTH);
        }
    }
}

/* The first convolution, from tables: what a word type adds to the left, middle and right of a window. */
static TARGET void KERNEL(first)(const int32_t *ids, long rows, const float *vectors, const float *shares,
                                 const Layer *layer, float *out) {
    static const float nothing[PIECES * WIDTH] = {0};
    const long part = PIECES * WIDTH;
    for (long r = 0; r < rows; r++) {
        const float *left = r > 0 && ids[r - 1] >= 0 ? shares + (long)ids[r - 1] * 3 * part : nothing;
        const float *middle = ids[r] >= 0 ? shares + ((long)ids[r] * 3 + 1) * part : nothing;
        const float *right = r + 1 < rows && ids[r + 1] >= 0 ? shares + ((long)ids[r + 1] * 3 + 2) * part : nothing;
        float y[PIECES * WIDTH];
        for (int j = 0; j < PIECES * WIDTH; j++) y[j] = left[j] + middle[j] + right[j];
        KERNEL(maxout_norm)(y, layer, ids[r] >= 0 ? vectors + (long)ids[r] * WIDTH : nothing, out + r * WIDTH);
    }
}

static TARGET void KERNEL(affine)(const float *a, long lda, long rows, const float *packed, const float *bias, long depth,
                                  long panels, float *out) {
    KERNEL(multiply)(a, lda, rows, packed, depth, panels, out, panels * PANEL);
    if (!bias) return;
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < panels * PANEL; j++) out[i * panels * PANEL + j] += bias[j];
}

/* Two pieces of HIDDEN each: the better one. */
INLINE void KERNEL(better)(const float *sums, const float *bias, float *hidden) {
    for (int j = 0; j < HIDDEN; j++) {
        const float p = sums[j] + bias[j], q = sums[HIDDEN + j] + bias[HIDDEN + j];
        hidden[j] = p > q ? p : q;
    }
}

#include "biluo.h"
#include "arceager.h"

#undef INLINE
