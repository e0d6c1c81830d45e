/* Heads and labels of one document: the arc-eager transition system with sentence breaks, as spaCy runs it (greedy, the
 * first of equal scores wins, an unattached word goes back to the buffer once). Returns 0, or 1 where the state is one
 * that spaCy's bookkeeping treats in a way of its own; the caller then asks spaCy. */

static TARGET int KERNEL(arcs_of)(const float *vectors, long length, const int8_t *sentence_start, const ArcModel *m,
                                  Scratch *scratch, int32_t *heads, int32_t *moves_taken) {
    const long row = ARC_FEATURES * 2 * HIDDEN, panels = m->upper_panels;
    float *table = scratch->a;
    int32_t *stack = scratch->ints, *again = stack + length, *left = again + length, *right = left + length,
            *right_before = right + length;
    int8_t *unshiftable = scratch->bytes, *starts = unshiftable + length;
    long depth = 0, kept = 0, next = 0;

    KERNEL(multiply)(vectors, HIDDEN, length, m->lower, HIDDEN, row / PANEL, table, row);
    for (long i = 0; i < length; i++) {
        heads[i] = moves_taken[i] = left[i] = right[i] = right_before[i] = -1;
        unshiftable[i] = 0;
        starts[i] = sentence_start[i] == 1;
    }

#define BUFFER(i) ((i) < kept ? again[kept - 1 - (i)] : next + (i) - kept < length ? (int32_t)(next + (i) - kept) : -1)
#define STACK(i) ((i) < depth ? stack[depth - 1 - (i)] : -1)
    for (long steps = 0; depth > 0 || kept + (length - next) > 0; steps++) {
        if (steps > 64 * length + 64) return 1;
        const long waiting = kept + (length - next);
        const int32_t b0 = BUFFER(0), b1 = BUFFER(1), s0 = STACK(0), s1 = STACK(1), s2 = STACK(2);
        const int32_t context[ARC_FEATURES] = {
            b0, b1, s0, s1, s2, b0 >= 0 ? left[b0] : -1, s0 >= 0 ? left[s0] : -1, s0 >= 0 ? right[s0] : -1};

        const int attachable = depth > 0 && waiting > 0 && !starts[b0];
        const int valid[MOVE_KINDS] = {
            depth == 0 || (waiting >= 2 && !starts[b0] && !unshiftable[b0]),
            depth > 0 && (waiting == 0 || depth > 1 || sentence_start[b0] != -1),
            attachable,
            attachable,
            waiting >= 2 && b1 == b0 + 1 && !starts[b1] && sentence_start[b1] != -1,
        };

        float sums[2 * HIDDEN] = {0}, hidden[HIDDEN], scores[MOST_CLASSES];
        for (int f = 0; f < ARC_FEATURES; f++) {
            const float *part = context[f] >= 0 ? table + context[f] * row + f * 2 * HIDDEN : m->pads + f * 2 * HIDDEN;
            for (int j = 0; j < 2 * HIDDEN; j++) sums[j] += part[j];
        }
        KERNEL(better)(sums, m->bias, hidden);
        KERNEL(row)(hidden, m->upper, HIDDEN, panels, scores);
        for (long k = 0; k < panels * PANEL; k++) scores[k] += m->upper_bias[k];
        int32_t best = -1;
        for (int kind = 0; kind < MOVE_KINDS; kind++)
            if (valid[kind]) best = KERNEL(highest)(scores, m->from[kind], m->from[kind + 1], best);
        if (best < 0) return 1;

        if (best >= m->from[MOVE_BREAK]) {
            starts[b1] = 1;
        } else if (best >= m->from[MOVE_RIGHT]) {
            if (heads[b0] >= 0 || s0 > b0) return 1;
            heads[b0] = s0;
            moves_taken[b0] = best;
            right_before[b0] = right[s0];
            right[s0] = b0;
            stack[depth++] = b0;
            if (kept) kept--; else next++;
        } else if (best >= m->from[MOVE_LEFT]) {
            if (s0 > b0) return 1;
            if (heads[s0] >= 0) {
                if (heads[s0] > s0 || right[heads[s0]] != s0) return 1;
                right[heads[s0]] = right_before[s0];
            }
            heads[s0] = b0;
            moves_taken[s0] = best;
            left[b0] = s0;
            unshiftable[b0] = 0;
            depth--;
        } else if (best >= m->from[MOVE_REDUCE]) {
            if (heads[s0] >= 0 || depth == 1) {
                depth--;
            } else {
                unshiftable[s0] = 1;
                again[kept++] = s0;
                depth--;
            }
        } else {
            stack[depth++] = b0;
            if (kept) kept--; else next++;
        }
    }
#undef BUFFER
#undef STACK
    return 0;
}
