/* Writers of one file: names, locks, leftovers, and what a replaced file keeps. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base_fixture.h"
#include "test.h"

static mode_t mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 0777;
}

TEST_IN_FOLDER(a_replaced_file_keeps_its_mode_and_is_never_readable_by_more)
{
    static const mode_t modes[] = {0600, 0640, 0444, 0755};
    const char *path = write_text(in_folder(*state, "a.json"), "old");
    for (int i = 0; i < 4; i++) {
        wil_atomic_file file;
        assert_int_equal(chmod(path, modes[i]), 0);
        OK(wil_atomic_begin(&file, path));
        assert_int_equal(mode_of(file.temp_path) & ~modes[i] & ~0600u, 0);
        wil_atomic_discard(&file);
        write_text(path, "new");
        assert_int_equal(mode_of(path), modes[i]);
        check_text(path, "new");
    }
    const mode_t mask = umask(027);
    write_text(in_folder(*state, "b.json"), "first");
    (void)umask(mask);
    assert_int_equal(mode_of(in_folder(*state, "b.json")), 0640);
}

TEST_IN_FOLDER(the_file_behind_a_link_is_replaced_and_the_link_stays)
{
    char target[64];
    const char *link = in_folder(*state, "link.txt");
    assert_int_equal(mkdir(in_folder(*state, "far"), 0755), 0);
    assert_int_equal(symlink("far/second.txt", link), 0);
    assert_int_equal(symlink("real.txt", in_folder(*state, "far/second.txt")), 0);
    write_text(link, "made"); /* through a link that leads nowhere yet */
    check_text(in_folder(*state, "far/real.txt"), "made");
    write_text(link, "new");
    check_text(in_folder(*state, "far/real.txt"), "new");
    assert_int_equal(readlink(link, target, sizeof target), strlen("far/second.txt"));
    assert_int_equal(count_entries(in_folder(*state, "far")), 2);
    assert_int_equal(symlink("circle", in_folder(*state, "circle")), 0);
    REFUSED(WIL_ERR_IO, wil_file_write(in_folder(*state, "circle"), "x", 1), "circle");
}

TEST_IN_FOLDER(two_writers_of_one_file_have_names_of_their_own)
{
    const char *path = in_folder(*state, "a.txt");
    wil_atomic_file a, b;
    OK(wil_atomic_begin(&a, path));
    OK(wil_atomic_begin(&b, path)); /* in one process, as processes of two containers have one number */
    assert_string_not_equal(a.temp_path, b.temp_path);
    OK(wil_file_write(b.temp_path, "b", 1));
    assert_true(wil_file_exists(a.temp_path)); /* locked, so not taken for a leftover */
    wil_atomic_discard(&a);
    wil_atomic_discard(&b);
    assert_int_equal(count_entries(*state), 0);
    char name[256];
    snprintf(name, sizeof name, "%0250d.txt", 1); /* nearly the longest there is */
    write_text(in_folder(*state, "%s", name), "x");
    check_text(in_folder(*state, "%s", name), "x");
}

/* A process that begins to write path and waits to be killed. */
static pid_t begin_elsewhere(const char *path)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        wil_atomic_file file;
        byte = wil_atomic_begin(&file, path) == WIL_OK;
        (void)!write(ready[1], &byte, 1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

TEST_IN_FOLDER(a_killed_writer_s_temporary_file_goes_with_the_next_and_a_living_one_s_stays)
{
    const char *path = in_folder(*state, "set.one.h5");
    const pid_t child = begin_elsewhere(path);
    write_text(path, "mine");
    write_text(in_folder(*state, ".set.0123456789abcdef.tmp.other.h5"), "of another file");
    assert_int_equal(count_entries(*state), 3); /* what lives is not touched */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(count_entries(*state), 3);
    write_text(path, "again");
    assert_int_equal(count_entries(*state), 2);
    wil_atomic_remove_leftovers(*state); /* whatever they belong to */
    assert_int_equal(count_entries(*state), 1);
    check_text(path, "again");
}

TEST_IN_FOLDER(names_that_only_look_temporary_are_kept)
{
    static const char *const kept[] = {".a.tmp", "a.0123456789abcdef.tmp", ".0123456789abcdef.tmp.h5",
        ".a.beef.tmp.h5", ".a.0123456789abcdef.tmpx", ".a.0123456789abcdef.TMP", "..tmp", ".tmp"};
    for (int i = 0; i < 8; i++)
        write_text(in_folder(*state, "%s", kept[i]), "x");
    wil_atomic_remove_leftovers(*state);
    assert_int_equal(count_entries(*state), 8);
}

#define N_WRITERS 8
#define N_ROWS 25

static int add_rows(const char *path)
{
    for (int i = 0; i < N_ROWS; i++) {
        WIL_OWN(wil_file_lock) lock = {0};
        WIL_OWN(char) *text = NULL;
        WIL_OWN(char) *more = NULL;
        size_t n = 0;
        if (wil_file_lock_take(&lock, path) != WIL_OK ||
            (wil_file_exists(path) && wil_file_read(path, &text, &n) != WIL_OK) ||
            wil_string_format(&more, "%srow\n", text == NULL ? "" : text) != WIL_OK ||
            wil_file_write(path, more, strlen(more)) != WIL_OK)
            return 1;
    }
    return 0;
}

TEST_IN_FOLDER(no_row_is_lost_between_eight_writers_of_one_table)
{
    const char *path = in_folder(*state, "table.csv");
    WIL_OWN(char) *text = NULL;
    size_t n = 0;
    for (int i = 0; i < N_WRITERS; i++)
        if (fork() == 0)
            _exit(add_rows(path));
    for (int i = 0; i < N_WRITERS; i++) {
        int status = 0;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    OK(wil_file_read(path, &text, &n));
    assert_int_equal(n, N_WRITERS * N_ROWS * 4);
    assert_int_equal(count_entries(*state), 1); /* the lock's file is gone too */
}
