/* Notes what a process asks of the files below one folder, in the order it asks: preload it, name the folder in
 * GYMBOX_TRACED and the file for the notes in GYMBOX_TRACE. trace.py reads them and says what a power cut at any
 * moment would have left on the disk.
 *
 * A note: one letter, three little-endian uint64 (inode, offset, length), then that many bytes.
 *   o open with O_CREAT (path)   w write (data)      t truncate to offset   s fsync or fdatasync
 *   m mkdir (path)               r rename, l link (old path, 0, new path)   u unlink or rmdir (path)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_length;
static int trace_fd = -1;

__attribute__((constructor)) static void start(void) {
    const char *traced = getenv("GYMBOX_TRACED"), *trace = getenv("GYMBOX_TRACE");
    if (!traced || !trace || !realpath(traced, folder)) return;
    folder_length = strlen(folder);
    trace_fd = REAL(open)(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int below(const char *path) {
    return trace_fd >= 0 && strncmp(path, folder, folder_length) == 0 &&
           (path[folder_length] == '/' || path[folder_length] == 0);
}

/* Absolute, without links in its folders; the last part need not exist. */
static int resolve(int dirfd, const char *path, char *out) {
    char whole[PATH_MAX], parent[PATH_MAX];
    if (path[0] == '/') {
        snprintf(whole, sizeof whole, "%s", path);
    } else {
        char base[PATH_MAX], link[64];
        if (dirfd == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return 0;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length < 0) return 0;
            base[length] = 0;
        }
        if (snprintf(whole, sizeof whole, "%s/%s", base, path) >= (int)sizeof whole) return 0;
    }
    size_t end = strlen(whole);
    while (end > 1 && whole[end - 1] == '/') whole[--end] = 0;
    char *name = strrchr(whole, '/');
    if (!name || name == whole) return 0;
    *name = 0;
    if (!realpath(whole, parent)) return 0;
    return snprintf(out, PATH_MAX, "%s/%s", parent, name + 1) < PATH_MAX && below(out);
}

/* The inode of an open file below the folder, else 0. */
static uint64_t traced(int fd) {
    char link[64], path[PATH_MAX];
    struct stat found;
    if (trace_fd < 0 || fd == trace_fd || fd < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path) && fstat(fd, &found) == 0 ? found.st_ino : 0;
}

static void note(char what, uint64_t inode, uint64_t offset, const void *data, uint64_t length) {
    unsigned char head[25] = {what};
    memcpy(head + 1, &inode, 8);
    memcpy(head + 9, &offset, 8);
    memcpy(head + 17, &length, 8);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)data, length}};
    if (REAL(writev)(trace_fd, parts, 2) != (ssize_t)(sizeof head + length)) abort();
}

static uint64_t inode_of(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0 ? found.st_ino : 0;
}

#define LOCKED(call)                   \
    pthread_mutex_lock(&lock);         \
    __typeof__(call) result = (call)
#define DONE                           \
    pthread_mutex_unlock(&lock);       \
    return result

static int opened(int dirfd, const char *path, int flags, int fd) {
    char whole[PATH_MAX];
    if (fd >= 0 && (flags & (O_CREAT | O_TRUNC)) && resolve(dirfd, path, whole)) {
        struct stat found;
        if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
            note('o', found.st_ino, 0, whole, strlen(whole));
            if (flags & O_TRUNC) note('t', found.st_ino, 0, NULL, 0);
        }
    }
    return fd;
}

#define OPEN(name)                                                                         \
    int name(const char *path, int flags, ...) {                                           \
        va_list rest;                                                                      \
        va_start(rest, flags);                                                             \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;            \
        va_end(rest);                                                                      \
        LOCKED(opened(AT_FDCWD, path, flags, REAL(name)(path, flags, mode)));              \
        DONE;                                                                              \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                       \
    int name(int dirfd, const char *path, int flags, ...) {                                \
        va_list rest;                                                                      \
        va_start(rest, flags);                                                             \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;            \
        va_end(rest);                                                                      \
        LOCKED(opened(dirfd, path, flags, REAL(name)(dirfd, path, flags, mode)));          \
        DONE;                                                                              \
    }
OPENAT(openat)
OPENAT(openat64)

static ssize_t written(uint64_t inode, off_t offset, const void *data, ssize_t length) {
    if (inode && length > 0) note('w', inode, offset, data, length);
    return length;
}

/* Where a plain write goes: at the end of a file that is only appended to, else where the file stands. */
static off_t position(int fd) {
    struct stat found;
    if (fcntl(fd, F_GETFL) & O_APPEND && fstat(fd, &found) == 0) return found.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t length) {
    uint64_t inode = traced(fd);
    if (!inode) return REAL(write)(fd, data, length);
    pthread_mutex_lock(&lock);
    off_t offset = position(fd);
    ssize_t result = written(inode, offset, data, REAL(write)(fd, data, length));
    DONE;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!traced(fd)) return REAL(writev)(fd, parts, count);
    ssize_t total = 0;
    for (int each = 0; each < count; each++) {
        ssize_t done = write(fd, parts[each].iov_base, parts[each].iov_len);
        if (done < 0) return total ? total : done;
        total += done;
        if ((size_t)done < parts[each].iov_len) break;
    }
    return total;
}

#define PWRITE(name)                                                                       \
    ssize_t name(int fd, const void *data, size_t length, off_t offset) {                  \
        uint64_t inode = traced(fd);                                                       \
        if (!inode) return REAL(name)(fd, data, length, offset);                           \
        LOCKED(written(inode, offset, data, REAL(name)(fd, data, length, offset)));        \
        DONE;                                                                              \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

#define AFTER(kind, inode, offset)                                                         \
    if (inode && result == 0) note(kind, inode, offset, NULL, 0)

#define TRUNCATE(name)                                                                     \
    int name(int fd, off_t length) {                                                       \
        uint64_t inode = traced(fd);                                                       \
        LOCKED(REAL(name)(fd, length));                                                    \
        AFTER('t', inode, length);                                                         \
        DONE;                                                                              \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define SYNC(name)                                                                         \
    int name(int fd) {                                                                     \
        uint64_t inode = traced(fd);                                                       \
        if (!inode) return REAL(name)(fd);                                                 \
        LOCKED(REAL(name)(fd));                                                            \
        AFTER('s', inode, 0);                                                              \
        DONE;                                                                              \
    }
SYNC(fsync)
SYNC(fdatasync)

static int named(char what, int dirfd, const char *path, int result) {
    char whole[PATH_MAX];
    if (result == 0 && resolve(dirfd, path, whole)) note(what, inode_of(whole), 0, whole, strlen(whole));
    return result;
}

static int moved(char what, int olddir, const char *old, int newdir, const char *new, int result) {
    char both[2 * PATH_MAX + 1];
    if (result != 0 || !resolve(olddir, old, both)) return result;
    size_t first = strlen(both) + 1;
    if (resolve(newdir, new, both + first)) note(what, 0, 0, both, first + strlen(both + first));
    return result;
}

int mkdirat(int dirfd, const char *path, mode_t mode) {
    LOCKED(named('m', dirfd, path, REAL(mkdirat)(dirfd, path, mode)));
    DONE;
}
int mkdir(const char *path, mode_t mode) {
    LOCKED(named('m', AT_FDCWD, path, REAL(mkdir)(path, mode)));
    DONE;
}
int unlinkat(int dirfd, const char *path, int flags) {
    LOCKED(named('u', dirfd, path, REAL(unlinkat)(dirfd, path, flags)));
    DONE;
}
int unlink(const char *path) {
    LOCKED(named('u', AT_FDCWD, path, REAL(unlink)(path)));
    DONE;
}
int rmdir(const char *path) {
    LOCKED(named('u', AT_FDCWD, path, REAL(rmdir)(path)));
    DONE;
}
int rename(const char *old, const char *new) {
    LOCKED(moved('r', AT_FDCWD, old, AT_FDCWD, new, REAL(rename)(old, new)));
    DONE;
}
int renameat(int olddir, const char *old, int newdir, const char *new) {
    LOCKED(moved('r', olddir, old, newdir, new, REAL(renameat)(olddir, old, newdir, new)));
    DONE;
}
int renameat2(int olddir, const char *old, int newdir, const char *new, unsigned flags) {
    LOCKED(moved('r', olddir, old, newdir, new, REAL(renameat2)(olddir, old, newdir, new, flags)));
    DONE;
}
int link(const char *old, const char *new) {
    LOCKED(moved('l', AT_FDCWD, old, AT_FDCWD, new, REAL(link)(old, new)));
    DONE;
}
int linkat(int olddir, const char *old, int newdir, const char *new, int flags) {
    LOCKED(moved('l', olddir, old, newdir, new, REAL(linkat)(olddir, old, newdir, new, flags)));
    DONE;
}
