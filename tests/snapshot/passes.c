#include "tests/snapshot/passes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 4 };

static struct {
    int ask, answer; /* pipes; another process, so that the reader's cgroup is not its own */
} importer;

struct order {
    enum scheme scheme;
    size_t set;
};

int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void sleep_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    if (ms > 0)
        nanosleep(&time, NULL);
}

/* ---- importing ---- */

static void transfer(ssize_t length, size_t wanted)
{
    if (length != (ssize_t)wanted)
        give_up("a pipe");
}

static void serve_imports(struct world *world, int ask, int answer)
{
    struct order order;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (read(ask, &order, sizeof(order)) == sizeof(order)) {
        int64_t began = now_us(), times[2];
        place_rotate(&world->places[order.scheme], &world->sets.all[order.set], false);
        times[0] = began;
        times[1] = now_us();
        transfer(write(answer, times, sizeof(times)), sizeof(times));
    }
}

void importer_start(struct world *world)
{
    int ask[2], answer[2];
    if (pipe2(ask, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0)
        give_up("pipe");
    pid_t pid = fork();
    if (pid < 0)
        give_up("fork");
    if (pid == 0) {
        serve_imports(world, ask[0], answer[1]);
        _exit(0);
    }
    importer.ask = ask[1];
    importer.answer = answer[0];
}

static void take_turn(struct world *world, enum scheme scheme)
{
    world->turns[scheme] = (world->turns[scheme] + 1) % world->sets.count;
}

void import_ask(struct world *world, enum scheme scheme)
{
    take_turn(world, scheme);
    const struct order order = {.scheme = scheme, .set = world->turns[scheme]};
    transfer(write(importer.ask, &order, sizeof(order)), sizeof(order));
}

void import_wait(int64_t times[2])
{
    transfer(read(importer.answer, times, 2 * sizeof(times[0])), 2 * sizeof(times[0]));
}

/* ---- one file ---- */

/* Where the link ..data is replaced, a name may lead nowhere for a moment. */
static int open_name(const struct place *place, const char *name)
{
    int fd;
    do
        fd = openat(place->folder, name, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == ENOENT && place->scheme == SCHEME_KUBERNETES);
    return fd;
}

static void open_one(const struct world *world, enum scheme scheme, struct opened *opened)
{
    char *buffer = malloc(FILE_MAX);
    if (buffer == NULL)
        give_up("a buffer");
    opened->began = now_us();
    int fd = open_name(&world->places[scheme], file_names[opened->file]);
    opened->ended = now_us();
    ssize_t size = fd < 0 ? -1 : file_read(fd, buffer);
    if (size < 0)
        give_up(file_names[opened->file]);
    close(fd);
    opened->set = sets_find(&world->sets, opened->file, (struct piece){buffer, (size_t)size});
    free(buffer);
}

struct task {
    const struct world *world;
    enum scheme scheme;
    struct opened *opened;
    sem_t *done;
};

static void *carry_out(void *argument)
{
    const struct task *task = argument;
    open_one(task->world, task->scheme, task->opened);
    sem_post(task->done);
    return NULL;
}

/* ---- threads that live on ---- */

struct queue {
    pthread_mutex_t lock;
    sem_t waiting;
    struct task *tasks[OPENS_MAX];
    size_t count;
};

/* The first is the pool's; each of the others is one thread's own. */
static struct queue queues[1 + WORKERS];

static struct task *take_task(struct queue *queue)
{
    while (sem_wait(&queue->waiting) != 0)
        continue;
    pthread_mutex_lock(&queue->lock);
    struct task *task = queue->tasks[0];
    memmove(queue->tasks, queue->tasks + 1, --queue->count * sizeof(queue->tasks[0]));
    pthread_mutex_unlock(&queue->lock);
    return task;
}

static void *work(void *queue)
{
    for (;;)
        (void)carry_out(take_task(queue));
    return NULL;
}

static void start_thread(void *(*run)(void *argument), void *argument)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, run, argument);
    if (errno != 0)
        give_up("a thread");
    pthread_detach(thread);
}

void workers_start(void)
{
    for (size_t i = 0; i <= WORKERS; i++) {
        pthread_mutex_init(&queues[i].lock, NULL);
        sem_init(&queues[i].waiting, 0, 0);
    }
    for (size_t i = 1; i <= WORKERS; i++) {
        start_thread(work, &queues[0]);
        start_thread(work, &queues[i]);
    }
}

static void give_to(struct queue *queue, struct task *task)
{
    pthread_mutex_lock(&queue->lock);
    queue->tasks[queue->count++] = task;
    pthread_mutex_unlock(&queue->lock);
    sem_post(&queue->waiting);
}

/* ---- passes ---- */

static void begin_task(enum how how, struct task *task)
{
    static size_t turn;
    if (how == HOW_POOL)
        give_to(&queues[0], task);
    else if (how == HOW_THREADS)
        give_to(&queues[1 + turn++ % WORKERS], task);
    else if (how == HOW_ENDING)
        start_thread(carry_out, task);
    else
        (void)carry_out(task);
}

struct turn {
    const struct program *program;
    struct world *world;
    enum scheme scheme;
    long gap;
    int importing;
};

static void open_all(const struct turn *turn, struct pass *pass)
{
    struct task tasks[OPENS_MAX];
    sem_t done;
    sem_init(&done, 0, 0);
    for (size_t i = 0; i < pass->count; i++) {
        if (i > 0)
            sleep_ms(turn->gap);
        if (turn->importing == (int)i)
            import_ask(turn->world, turn->scheme);
        tasks[i] =
            (struct task){.world = turn->world, .scheme = turn->scheme, .opened = &pass->opened[i], .done = &done};
        begin_task(turn->program->how, &tasks[i]);
    }
    for (size_t i = 0; i < pass->count; i++)
        while (sem_wait(&done) != 0)
            continue;
    sem_destroy(&done);
}

/* A child's reads come back in memory that is shared. */
static void open_all_in_child(const struct turn *turn, struct pass *pass)
{
    struct pass *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        give_up("mmap");
    *shared = *pass;
    pid_t pid = fork();
    if (pid == 0) {
        open_all(turn, shared);
        _exit(0);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        give_up("a child");
    *pass = *shared;
    munmap(shared, sizeof(*shared));
    if (turn->importing >= 0)
        take_turn(turn->world, turn->scheme);
}

struct pass pass_make(const struct program *program, struct world *world, enum scheme scheme, long gap, int importing)
{
    const struct turn turn = {program, world, scheme, gap, importing};
    struct pass pass = {.count = strlen(program->order)};
    for (size_t i = 0; i < pass.count; i++)
        pass.opened[i].file = file_of(program->order[i]);
    if (program->how == HOW_PROCESS)
        open_all_in_child(&turn, &pass);
    else
        open_all(&turn, &pass);
    return pass;
}
