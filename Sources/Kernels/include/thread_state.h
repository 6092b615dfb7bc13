#ifndef GRADUS_THREAD_STATE_H
#define GRADUS_THREAD_STATE_H

#include <stdbool.h>
#include <stdint.h>

// So that Swift sees what may be NULL; other compilers need not know.
#if defined(__clang__)
#define GRADUS_NULLABLE _Nullable
#define GRADUS_NONNULL _Nonnull
#else
#define GRADUS_NULLABLE
#define GRADUS_NONNULL
#endif

// What a thread remembers between calls: its modes and whom to tell of misuse. Every operation reads it, so it is a plain
// thread-local struct; Swift's task-locals cost far more. Zero is the state of a new thread.
typedef struct {
    bool recording_off;                    // withoutRecording, evaluate, and rules whose own graph is not wanted
    bool evaluating;                       // evaluate
    bool in_worker;                        // at work on a share of somebody's parallel loop
    int32_t forced_threads;     // tests: how many threads every loop uses however small it is, or 0
    bool misuse_pending;                   // inside catchingMisuse, after the first misuse
    void *GRADUS_NULLABLE misuse_catcher;  // the innermost catchingMisuse, or NULL
    void *GRADUS_NULLABLE tracing;         // the rarer modes that look at every operation, or NULL
    uint32_t thread_id;                    // 0 until asked for
    uint64_t operation_count;              // how many operations this thread has recorded
} gradus_thread_state;

extern _Thread_local gradus_thread_state gradus_thread_state_storage;

static inline gradus_thread_state *GRADUS_NONNULL gradus_this_thread(void) { return &gradus_thread_state_storage; }

#endif
