#include "thread_state.h"

_Thread_local gradus_thread_state gradus_thread_state_storage;
