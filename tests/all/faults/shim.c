/* A disk that fails: loaded into a program before its C library, it stands between the program and its files.
 *
 * Only files whose path contains FAULT_PATH are touched. Every write, truncation and flush of them is counted.
 *
 * FAULT_AT=k     the k-th fails; FAULT_KIND says how: `eio` once, `enospc` from then on, `short` writes half of it
 *                once and has no room for the rest. FAULT_MARK names a file that is made then, with the call's name.
 * FAULT_KEEP=dir a flush copies the file as it is into that folder, so that it holds what a power cut would leave.
 *                With FAULT_LIES=1 flushes do nothing, like a disk that lies.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int counted;

/* The path behind a descriptor, if it is one of those that fail. */
static int is_ours(int fd, char *path, size_t size) {
    const char *wanted = getenv("FAULT_PATH");
    char link[64];
    ssize_t length;
    if (!wanted) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, size - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, wanted) != NULL;
}

/* Whether this call is to fail; sets errno. `half` is set where half of it may be done first. */
static int fails(int fd, const char *call, int *half) {
    char path[4096];
    const char *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND"), *mark = getenv("FAULT_MARK");
    int number, due;
    if (!at || !kind || !is_ours(fd, path, sizeof path)) return 0;
    number = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
    due = atoi(at);
    *half = strcmp(kind, "short") == 0 && number == due;
    if (number != due && !(number > due && strcmp(kind, "enospc") == 0) &&
        !(number == due + 1 && strcmp(kind, "short") == 0))
        return 0;
    if (mark) {
        FILE *file = fopen(mark, "a");
        if (file) {
            fprintf(file, "%s\n", call);
            fclose(file);
        }
    }
    errno = strcmp(kind, "eio") == 0 ? EIO : ENOSPC;
    return 1;
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    ssize_t (*real)(int, const void *, size_t) = REAL(write, ssize_t(*)(int, const void *, size_t));
    int half = 0;
    if (fails(fd, "write", &half)) return half && size > 1 ? real(fd, data, size / 2) : -1;
    return real(fd, data, size);
}

#define PWRITE(name)                                                                                              \
    ssize_t name(int fd, const void *data, size_t size, off_t at) {                                                \
        ssize_t (*real)(int, const void *, size_t, off_t) =                                                        \
            REAL(name, ssize_t(*)(int, const void *, size_t, off_t));                                              \
        int half = 0;                                                                                              \
        if (fails(fd, "write", &half)) return half && size > 1 ? real(fd, data, size / 2, at) : -1;                \
        return real(fd, data, size, at);                                                                           \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

#define TRUNCATE(name)                                                                                            \
    int name(int fd, off_t size) {                                                                                 \
        int (*real)(int, off_t) = REAL(name, int (*)(int, off_t));                                                 \
        int half = 0;                                                                                              \
        return fails(fd, "truncate", &half) ? -1 : real(fd, size);                                                 \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

/* Copies a file into the folder of what would be left, as a whole or not at all. */
static int keep(const char *path) {
    const char *folder = getenv("FAULT_KEEP"), *name = strrchr(path, '/');
    char target[4096], beside[4200], buffer[65536];
    ssize_t (*out)(int, const void *, size_t) = REAL(write, ssize_t(*)(int, const void *, size_t));
    ssize_t size;
    int from, to;
    snprintf(target, sizeof target, "%s%s", folder, name ? name : path);
    snprintf(beside, sizeof beside, "%s.%d", target, (int)getpid());
    from = open(path, O_RDONLY);
    to = open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (from < 0 || to < 0) return -1;
    while ((size = read(from, buffer, sizeof buffer)) > 0)
        if (out(to, buffer, size) != size) return -1;
    close(from);
    close(to);
    return rename(beside, target);
}

static int flush(int fd, const char *call, int (*real)(int)) {
    char path[4096];
    int half = 0;
    if (fails(fd, call, &half)) return -1;
    if (!getenv("FAULT_KEEP") || !is_ours(fd, path, sizeof path)) return real(fd);
    return getenv("FAULT_LIES") ? 0 : keep(path);
}

int fsync(int fd) { return flush(fd, "flush", REAL(fsync, int (*)(int))); }
int fdatasync(int fd) { return flush(fd, "flush", REAL(fdatasync, int (*)(int))); }

/* What is removed is gone after a power cut too. */
int unlink(const char *path) {
    int (*real)(const char *) = REAL(unlink, int (*)(const char *));
    const char *folder = getenv("FAULT_KEEP"), *wanted = getenv("FAULT_PATH"), *name = strrchr(path, '/');
    if (folder && wanted && strstr(path, wanted)) {
        char target[4096];
        snprintf(target, sizeof target, "%s%s", folder, name ? name : path);
        real(target);
    }
    return real(path);
}
