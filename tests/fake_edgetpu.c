/* Stands in for libedgetpu.so.1: the entry points of an external delegate of TensorFlow Lite.

   It claims the one operator of a file that the Edge TPU compiler made, and computes nothing. The file named by
   GYMBOX_FAKE_TPU says, by its first letter, how it is: a(bsent), h(ung), f(ailing), s(low), else well. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { int size; int data[]; } Ints;
typedef struct {
    void *(*init)(void *, const char *, size_t);
    void (*free)(void *, void *);
    int (*prepare)(void *, void *);
    int (*invoke)(void *, void *);
    const char *(*profiling)(void *, void *);
    int32_t builtin_code;
    const char *custom_name;
    int version;
    void *padding[8];
} Registration;
typedef struct Delegate Delegate;
typedef struct {
    size_t tensors_size;
    int (*plan)(void *, Ints **);
    void *tensors, *impl, *resize, *report, *add;
    int (*node)(void *, int, void **, Registration **);
    int (*replace)(void *, Registration, const Ints *, Delegate *);
} Context;
struct Delegate {
    void *data;
    int (*prepare)(Context *, Delegate *);
    void *copy_from, *copy_to, *free_buffer;
    int64_t flags;
    void *builder;
};

static int mood(void) {
    const char *name = getenv("GYMBOX_FAKE_TPU");
    FILE *file = name ? fopen(name, "r") : NULL;
    int letter = file ? fgetc(file) : 'w';
    if (file) fclose(file);
    return letter;
}

static int nothing(void *context, void *node) { return 0; }

static int invoke(void *context, void *node) {
    int now = mood();
    while (now == 'h') pause();
    if (now == 's') usleep(900000);
    return now == 'f';
}

static int prepare(Context *context, Delegate *delegate) {
    Ints *plan, *claimed;
    if (context->plan(context, &plan)) return 1;
    claimed = malloc(sizeof(Ints) + plan->size * sizeof(int));
    claimed->size = 0;
    for (int i = 0; i < plan->size; i++) {
        void *node;
        Registration *registration;
        if (context->node(context, plan->data[i], &node, &registration)) return 1;
        if (registration->custom_name && !strcmp(registration->custom_name, "edgetpu-custom-op"))
            claimed->data[claimed->size++] = plan->data[i];
    }
    Registration own = {.prepare = nothing, .invoke = invoke, .custom_name = "fake", .version = 1};
    int status = claimed->size ? context->replace(context, own, claimed, delegate) : 0;
    free(claimed);
    return status;
}

Delegate *tflite_plugin_create_delegate(char **keys, char **values, size_t count, void (*report)(const char *)) {
    if (mood() == 'a') return NULL;
    Delegate *made = calloc(1, sizeof(Delegate));
    made->prepare = prepare;
    made->flags = 1; /* allow dynamic tensors, without which the operator is not claimed */
    return made;
}

void tflite_plugin_destroy_delegate(Delegate *delegate) { free(delegate); }
