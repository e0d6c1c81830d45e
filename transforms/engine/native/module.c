/* The engine's door to Python: plain functions over contiguous buffers, no state of their own, no other library.
 *
 * Built against the limited API, so one build serves every Python from 3.11 on. Sizes are checked against the buffers'
 * lengths before anything is touched; the lock is free while numbers are crunched. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 96,       /* floats in a token's vector */
    PIECES = 3,       /* of which maxout takes the best */
    HIDDEN = 64,      /* floats in a transition state */
    PANEL = 16,       /* columns of packed weights */
    TILE_ROWS = 6,    /* rows whose sums are held in registers: 12 of the 16 that AVX2 has */
    BLOCK_ROWS = 120, /* rows whose results stay in the second-level cache; even, halves a multiple of TILE_ROWS */
    ARC_FEATURES = 8,
    MOST_CLASSES = 512,
};
enum { IOB_INSIDE = 1, IOB_OUTSIDE = 2, IOB_BEGIN = 3 };
enum { MOVE_SHIFT, MOVE_REDUCE, MOVE_LEFT, MOVE_RIGHT, MOVE_BREAK, MOVE_KINDS };

typedef struct {
    const float *weights, *bias, *gain, *shift;
} Layer;

typedef struct {
    const float *lower, *pads, *bias, *closed, *closed_bias, *inside, *inside_bias, *last, *last_bias;
    const uint64_t *names;
    long labels, closed_panels;
} EntityModel;

typedef struct {
    const float *lower, *pads, *bias, *upper, *upper_bias;
    long upper_panels;
    int32_t from[MOVE_KINDS + 1]; /* first class of each kind of move, and one past the last */
} ArcModel;

typedef struct {
    float *a, *b;
    int32_t *ints;
    int8_t *bytes;
} Scratch;

#ifdef __FP_FAST_FMAF
#define MULTIPLY_ADD(x, y, z) __builtin_fmaf((x), (y), (z))
#else
#define MULTIPLY_ADD(x, y, z) ((x) * (y) + (z))
#endif

#define KERNEL(name) plain_##name
#define TARGET
#define WIDE 0
#include "kernels.h"
#undef KERNEL
#undef TARGET
#undef WIDE

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_WIDE 1
#include <immintrin.h>
#undef MULTIPLY_ADD
#define MULTIPLY_ADD(x, y, z) __builtin_fmaf((x), (y), (z))
#define KERNEL(name) wide_##name
#define TARGET __attribute__((target("avx2,fma")))
#define WIDE 1
#include "kernels.h"
#undef KERNEL
#undef TARGET
#undef WIDE
#else
#define HAS_WIDE 0
#endif

static int wide = 0;

#if HAS_WIDE
#define RUN(name, ...) (wide ? wide_##name(__VA_ARGS__) : plain_##name(__VA_ARGS__))
#else
#define RUN(name, ...) plain_##name(__VA_ARGS__)
#endif

/* ---- arguments ---------------------------------------------------------------------------------------------------- */

enum { MOST_VIEWS = 24 };

typedef struct {
    Py_buffer views[MOST_VIEWS];
    int count;
} Views;

static void release(Views *v) {
    for (int i = 0; i < v->count; i++) PyBuffer_Release(&v->views[i]);
    v->count = 0;
}

/* One letter an argument: r reads, w writes a contiguous buffer. */
static int take(PyObject *args, const char *letters, Views *v) {
    v->count = 0;
    const Py_ssize_t wanted = (Py_ssize_t)strlen(letters);
    if (PyTuple_Size(args) != wanted) {
        PyErr_Format(PyExc_TypeError, "%zd arguments expected, %zd given", wanted, PyTuple_Size(args));
        return 0;
    }
    for (Py_ssize_t i = 0; i < wanted; i++) {
        const int flags = PyBUF_C_CONTIGUOUS | (letters[i] == 'w' ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(PyTuple_GetItem(args, i), &v->views[i], flags) < 0) {
            release(v);
            return 0;
        }
        v->count++;
    }
    return 1;
}

#define DATA(i) (v.views[i].buf)
#define BYTES(i) ((long)v.views[i].len)
#define FLOATS(i) (BYTES(i) / (long)sizeof(float))

static PyObject *refuse(Views *v, const char *what) {
    release(v);
    PyErr_SetString(PyExc_ValueError, what);
    return NULL;
}

static PyObject *done(Views *v) {
    release(v);
    Py_RETURN_NONE;
}

/* ---- functions ---------------------------------------------------------------------------------------------------- */

static PyObject *instructions(PyObject *self, PyObject *args) {
    (void)self, (void)args;
    return PyUnicode_FromString(wide ? "avx2" : "plain");
}

static PyObject *use_wide(PyObject *self, PyObject *arg) {
    (void)self;
    const int wanted = PyObject_IsTrue(arg);
    if (wanted < 0) return NULL;
#if HAS_WIDE
    wide = wanted && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    Py_RETURN_NONE;
}

/* intern(slots w i32[2^k], keys w u64[most][columns], rows r u64[n][columns], ids w i32[n], fresh w i32[n],
 *        count r i64[1]) -> new count, or -1 if `most` would be passed (the tables are then to be emptied). */
static PyObject *intern(PyObject *self, PyObject *args) {
    (void)self;
    Views v;
    if (!take(args, "wwrwwr", &v)) return NULL;
    const long n = BYTES(3) / 4, slots = BYTES(0) / 4;
    if (BYTES(5) != 8 || slots < 2 || (slots & (slots - 1)) || BYTES(4) < BYTES(3) || (n && BYTES(2) % (8 * n)))
        return refuse(&v, "intern: sizes disagree");
    const long columns = n ? BYTES(2) / 8 / n : 1, most = columns ? BYTES(1) / 8 / columns : 0;
    long count = (long)*(const int64_t *)DATA(5);
    if (columns < 1 || most * 2 > slots || count < 0 || count > most) return refuse(&v, "intern: sizes disagree");
    int32_t *slot = DATA(0), *ids = DATA(3), *fresh = DATA(4);
    uint64_t *keys = DATA(1);
    const uint64_t *rows = DATA(2);
    const long before = count;
    for (long i = 0; i < n; i++) {
        const uint64_t *row = rows + i * columns;
        uint64_t h = 0x9E3779B97F4A7C15u;
        for (long j = 0; j < columns; j++) {
            h = (h ^ row[j]) * 0xBF58476D1CE4E5B9u;
            h ^= h >> 29;
        }
        long at = (long)(h & (uint64_t)(slots - 1));
        for (long probes = 0; slot[at] >= 0; at = (at + 1) & (slots - 1)) {
            if (slot[at] >= count || probes++ == slots) return refuse(&v, "intern: slots out of range");
            if (!memcmp(keys + slot[at] * columns, row, (size_t)columns * 8)) break;
        }
        if (slot[at] < 0) {
            if (count == most) {
                release(&v);
                return PyLong_FromLong(-1);
            }
            memcpy(keys + count * columns, row, (size_t)columns * 8);
            fresh[count - before] = (int32_t)i;
            slot[at] = (int32_t)count++;
        }
        ids[i] = slot[at];
    }
    release(&v);
    return PyLong_FromLong(count);
}

static int layer_fits(Layer *layer, Views *views, int at, long depth) {
    Views v = *views;
    layer->weights = DATA(at), layer->bias = DATA(at + 1), layer->gain = DATA(at + 2), layer->shift = DATA(at + 3);
    return FLOATS(at) == depth * PIECES * WIDTH && FLOATS(at + 1) == PIECES * WIDTH && FLOATS(at + 2) == WIDTH &&
           FLOATS(at + 3) == WIDTH;
}

/* maxout(rows r f32[n][depth], weights, bias, gain, shift, out w f32[n][96]) */
static PyObject *maxout(PyObject *self, PyObject *args) {
    (void)self;
    Views v;
    Layer layer;
    if (!take(args, "rrrrrw", &v)) return NULL;
    const long n = FLOATS(5) / WIDTH, depth = FLOATS(1) / (PIECES * WIDTH);
    if (FLOATS(5) != n * WIDTH || FLOATS(0) != n * depth || !layer_fits(&layer, &v, 1, depth))
        return refuse(&v, "maxout: sizes disagree");
    const float *rows = DATA(0);
    float *out = DATA(5);
    Py_BEGIN_ALLOW_THREADS
    RUN(layer, rows, n, depth, &layer, out);
    Py_END_ALLOW_THREADS
    return done(&v);
}

/* affine(rows r f32[n][depth], weights packed, bias r f32[columns] or empty, out w f32[n][columns]), columns in sixteens */
static PyObject *affine(PyObject *self, PyObject *args) {
    (void)self;
    Views v;
    if (!take(args, "rrrw", &v)) return NULL;
    if (v.views[0].ndim != 2 || v.views[3].ndim != 2) return refuse(&v, "affine: rows expected");
    const long n = (long)v.views[0].shape[0], depth = (long)v.views[0].shape[1], columns = (long)v.views[3].shape[1],
               given = FLOATS(2);
    if (FLOATS(0) != n * depth || FLOATS(3) != n * columns || columns % PANEL || FLOATS(1) != depth * columns ||
        (given && given != columns))
        return refuse(&v, "affine: sizes disagree");
    const float *rows = DATA(0), *weights = DATA(1), *bias = given ? DATA(2) : NULL;
    float *out = DATA(3);
    Py_BEGIN_ALLOW_THREADS
    RUN(affine, rows, depth, n, weights, bias, depth, columns / PANEL, out);
    Py_END_ALLOW_THREADS
    return done(&v);
}

/* first(ids r i32[n], vectors r f32[most][96], shares r f32[most][3][288], bias, gain, shift, out w f32[n][96]) */
static PyObject *first(PyObject *self, PyObject *args) {
    (void)self;
    Views v;
    if (!take(args, "rrrrrrw", &v)) return NULL;
    const long n = BYTES(0) / 4, most = FLOATS(1) / WIDTH;
    if (FLOATS(6) != n * WIDTH || FLOATS(1) != most * WIDTH || FLOATS(2) != most * 3 * PIECES * WIDTH ||
        FLOATS(3) != PIECES * WIDTH || FLOATS(4) != WIDTH || FLOATS(5) != WIDTH)
        return refuse(&v, "first: sizes disagree");
    const int32_t *ids = DATA(0);
    for (long i = 0; i < n; i++)
        if (ids[i] >= most) return refuse(&v, "first: an id is out of range");
    const Layer layer = {NULL, DATA(3), DATA(4), DATA(5)};
    const float *vectors = DATA(1), *shares = DATA(2);
    float *out = DATA(6);
    Py_BEGIN_ALLOW_THREADS
    RUN(first, ids, n, vectors, shares, &layer, out);
    Py_END_ALLOW_THREADS
    return done(&v);
}

/* convolve(rows r f32[n + 2][96], n even, a row of zeros at either end, weights of four matrices, bias, gain, shift,
 *          out w f32[n + 2][96]) */
static PyObject *convolve(PyObject *self, PyObject *args) {
    (void)self;
    Views v;
    Layer layer;
    if (!take(args, "rrrrrw", &v)) return NULL;
    const long n = FLOATS(0) / WIDTH - 2;
    if (n < 0 || n % 2 || FLOATS(0) != (n + 2) * WIDTH || FLOATS(5) != FLOATS(0) || !layer_fits(&layer, &v, 1, 4 * WIDTH))
        return refuse(&v, "convolve: sizes disagree");
    const float *rows = DATA(0);
    float *out = DATA(5);
    Py_BEGIN_ALLOW_THREADS
    memset(out, 0, WIDTH * sizeof(float));
    memset(out + (n + 1) * WIDTH, 0, WIDTH * sizeof(float));
    RUN(windows, rows, n / 2, &layer, out + WIDTH);
    Py_END_ALLOW_THREADS
    return done(&v);
}

/* Documents lie in `rows` rows of vectors at starts[d], in the flat token arrays one after another; the longest, or -1. */
static long longest(const int32_t *starts, const int32_t *lengths, long documents, long rows, long tokens) {
    long most = 0, total = 0;
    for (long d = 0; d < documents; d++) {
        if (lengths[d] < 0 || starts[d] < 0 || (long)starts[d] + lengths[d] > rows) return -1;
        total += lengths[d];
        if (lengths[d] > most) most = lengths[d];
    }
    return total == tokens ? most : -1;
}

/* entities(vectors r f32[rows][64], starts r i32[d], lengths r i32[d], space r i8[n], sentence_start r i8[n], lower, pads,
 *          bias, closed, closed_bias, inside, inside_bias, last, last_bias, names r u64[labels], out w u64[n][2]) */
static PyObject *entities(PyObject *self, PyObject *args) {
    (void)self;
    Views v;
    if (!take(args, "rrrrrrrrrrrrrrrw", &v)) return NULL;
    const long rows = FLOATS(0) / HIDDEN, documents = BYTES(1) / 4, n = BYTES(3);
    const int32_t *starts = DATA(1), *lengths = DATA(2);
    EntityModel m = {.lower = DATA(5), .pads = DATA(6), .bias = DATA(7), .closed = DATA(8), .closed_bias = DATA(9),
                     .inside = DATA(10), .inside_bias = DATA(11), .last = DATA(12), .last_bias = DATA(13),
                     .names = DATA(14), .labels = BYTES(14) / 8, .closed_panels = FLOATS(9) / PANEL};
    const long part = 2 * HIDDEN;
    if (BYTES(2) != BYTES(1) || BYTES(4) != n || BYTES(15) != 16 * n || FLOATS(5) != 3 * part * HIDDEN ||
        FLOATS(6) != 3 * part || FLOATS(7) != part || FLOATS(9) != m.closed_panels * PANEL ||
        FLOATS(8) != m.closed_panels * PANEL * HIDDEN || m.closed_panels * PANEL < 2 * m.labels + 1 || m.labels < 1 ||
        FLOATS(10) != m.labels * HIDDEN || FLOATS(11) != m.labels || FLOATS(12) != m.labels * HIDDEN ||
        FLOATS(13) != m.labels)
        return refuse(&v, "entities: sizes disagree");
    const long most = longest(starts, lengths, documents, rows, n);
    if (most < 0) return refuse(&v, "entities: documents outside their rows");
    Scratch scratch = {0};
    scratch.a = malloc((size_t)(most + 1) * (size_t)(part + m.closed_panels * PANEL) * sizeof(float));
    if (!scratch.a) {
        release(&v);
        return PyErr_NoMemory();
    }
    scratch.b = scratch.a + (most + 1) * part;
    const float *vectors = DATA(0);
    const int8_t *space = DATA(3), *sentence_start = DATA(4);
    uint64_t *out = DATA(15);
    Py_BEGIN_ALLOW_THREADS
    for (long d = 0, at = 0; d < documents; at += lengths[d++])
        RUN(entities_of, vectors + (long)starts[d] * HIDDEN, lengths[d], space + at, sentence_start + at, &m, &scratch,
            out + 2 * at);
    Py_END_ALLOW_THREADS
    free(scratch.a);
    return done(&v);
}

/* arcs(vectors r f32[rows][64], starts r i32[d], lengths r i32[d], sentence_start r i8[n], lower, pads, bias, upper,
 *      upper_bias, from r i32[6], heads w i32[n] (in the document, -1: none), moves w i32[n], unusual w i8[d]) */
static PyObject *arcs(PyObject *self, PyObject *args) {
    (void)self;
    Views v;
    if (!take(args, "rrrrrrrrrrwww", &v)) return NULL;
    const long rows = FLOATS(0) / HIDDEN, documents = BYTES(1) / 4, n = BYTES(3), part = 2 * HIDDEN;
    const int32_t *starts = DATA(1), *lengths = DATA(2);
    ArcModel m = {.lower = DATA(4), .pads = DATA(5), .bias = DATA(6), .upper = DATA(7), .upper_bias = DATA(8),
                  .upper_panels = FLOATS(8) / PANEL};
    if (BYTES(2) != BYTES(1) || FLOATS(4) != ARC_FEATURES * part * HIDDEN || FLOATS(5) != ARC_FEATURES * part ||
        FLOATS(6) != part || FLOATS(8) != m.upper_panels * PANEL || m.upper_panels * PANEL > MOST_CLASSES ||
        FLOATS(7) != m.upper_panels * PANEL * HIDDEN || BYTES(9) != sizeof m.from || BYTES(10) != 4 * n ||
        BYTES(11) != 4 * n || BYTES(12) != documents)
        return refuse(&v, "arcs: sizes disagree");
    memcpy(m.from, DATA(9), sizeof m.from);
    for (int k = 0; k < MOVE_KINDS; k++)
        if (m.from[k] < 0 || m.from[k] > m.from[k + 1] || m.from[k + 1] > m.upper_panels * PANEL)
            return refuse(&v, "arcs: moves out of order");
    const long most = longest(starts, lengths, documents, rows, n);
    if (most < 0) return refuse(&v, "arcs: documents outside their rows");
    Scratch scratch = {0};
    scratch.a = malloc((size_t)(most + 1) * ARC_FEATURES * part * sizeof(float));
    scratch.ints = malloc((size_t)(most + 1) * 5 * sizeof(int32_t));
    scratch.bytes = malloc((size_t)(most + 1) * 2);
    if (!scratch.a || !scratch.ints || !scratch.bytes) {
        free(scratch.a), free(scratch.ints), free(scratch.bytes);
        release(&v);
        return PyErr_NoMemory();
    }
    const float *vectors = DATA(0);
    const int8_t *sentence_start = DATA(3);
    int32_t *heads = DATA(10), *moves = DATA(11);
    int8_t *unusual = DATA(12);
    Py_BEGIN_ALLOW_THREADS
    for (long d = 0, at = 0; d < documents; at += lengths[d++])
        unusual[d] = (int8_t)RUN(arcs_of, vectors + (long)starts[d] * HIDDEN, lengths[d], sentence_start + at, &m, &scratch,
                                 heads + at, moves + at);
    Py_END_ALLOW_THREADS
    free(scratch.a), free(scratch.ints), free(scratch.bytes);
    return done(&v);
}

static PyMethodDef methods[] = {
    {"instructions", instructions, METH_NOARGS, "The instruction set in use: avx2 or plain."},
    {"use_wide", use_wide, METH_O, "Use AVX2 where the processor has it (true), or never (false)."},
    {"intern", intern, METH_VARARGS, "Numbers for rows of attributes, equal rows one number."},
    {"maxout", maxout, METH_VARARGS, "Rows through one maxout layer with normalisation."},
    {"affine", affine, METH_VARARGS, "Rows times packed weights, plus a bias."},
    {"first", first, METH_VARARGS, "The first convolution, from the tables of word types."},
    {"convolve", convolve, METH_VARARGS, "One further convolution with its residual."},
    {"entities", entities, METH_VARARGS, "BILUO decoding of documents."},
    {"arcs", arcs, METH_VARARGS, "Arc-eager decoding of documents."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "transforms.engine._native", "Arithmetic of the language engine.", 0, methods, slots,
    NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void) {
#if HAS_WIDE
    wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return PyModuleDef_Init(&module);
}
