#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base_fixture.h"

static void a_file_appears_when_it_is_published_and_not_before(void **state)
{
    const char *path = in_folder(*state, "result.json");
    wil_atomic_file file;
    OK(wil_atomic_begin(&file, path));
    assert_string_equal(file.final_path, path);
    FILE *stream = fopen(file.temp_path, "w");
    assert_non_null(stream);
    fputs("whole", stream);
    fclose(stream);
    assert_false(wil_file_exists(path));
    OK(wil_atomic_publish(&file));
    check_text(path, "whole");
    assert_int_equal(count_entries(*state), 1);
    assert_null(file.temp_path);
    wil_atomic_discard(&file); /* safe after publish */
    check_text(path, "whole");
}

static void a_discarded_file_leaves_the_old_one_and_nothing_else(void **state)
{
    const char *path = write_text(in_folder(*state, "result.json"), "old");
    wil_atomic_file file;
    OK(wil_atomic_begin(&file, path));
    FILE *stream = fopen(file.temp_path, "w");
    fputs("half", stream);
    fclose(stream);
    wil_atomic_discard(&file);
    check_text(path, "old");
    assert_int_equal(count_entries(*state), 1);
    wil_atomic_discard(&(wil_atomic_file){0});
}

static void check_temp_name(const char *folder, const char *name, const char *extension)
{
    wil_atomic_file file;
    char *temp_folder = NULL;
    OK(wil_atomic_begin(&file, in_folder(folder, "%s", name)));
    OK(wil_path_folder(&temp_folder, file.temp_path));
    const size_t n = strlen(file.temp_path);
    assert_true(n > strlen(extension));
    assert_string_equal(file.temp_path + n - strlen(extension), extension);
    assert_string_equal(temp_folder, folder); /* a rename between file systems would not be atomic */
    assert_string_not_equal(file.temp_path, file.final_path);
    wil_free(temp_folder);
    wil_atomic_discard(&file);
}

static void the_temporary_name_keeps_folder_and_extension(void **state)
{
    check_temp_name(*state, "scan.nii.gz", ".nii.gz");
    check_temp_name(*state, "set.h5", ".h5");
    check_temp_name(*state, ".hidden.png", ".png");
    check_temp_name(*state, "plain", ".tmp");
}

static void publishing_what_was_never_written_fails_and_keeps_the_old_file(void **state)
{
    const char *path = write_text(in_folder(*state, "a.txt"), "old");
    wil_atomic_file file;
    OK(wil_atomic_begin(&file, path));
    REFUSED(WIL_ERR_IO, wil_atomic_publish(&file), path, "nothing was written");
    assert_null(file.final_path);
    check_text(path, "old");
}

static void a_file_that_cannot_take_its_place_leaves_nothing(void **state)
{
    const char *path = in_folder(*state, "a.txt");
    wil_atomic_file file;
    OK(wil_atomic_begin(&file, path));
    FILE *stream = fopen(file.temp_path, "w");
    fclose(stream);
    assert_int_equal(mkdir(path, 0755), 0); /* meanwhile */
    REFUSED(WIL_ERR_IO, wil_atomic_publish(&file), path, "cannot rename into place");
    assert_int_equal(count_entries(*state), 1);
}

static void a_missing_folder_is_named(void **state)
{
    wil_atomic_file file;
    REFUSED(WIL_ERR_IO, wil_atomic_begin(&file, in_folder(*state, "none/a.txt")), "none/a.txt",
        in_folder(*state, "none"), "does not exist");
    assert_null(file.temp_path);
    REFUSED(WIL_ERR_IO, wil_file_write(in_folder(*state, "none/a.txt"), "x", 1), "does not exist");
}

static void what_is_no_file_is_not_replaced(void **state)
{
    wil_atomic_file file;
    const char *pipe = in_folder(*state, "pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    REFUSED(WIL_ERR_IO, wil_atomic_begin(&file, pipe), "pipe", "a file was expected");
    REFUSED(WIL_ERR_IO, wil_atomic_begin(&file, "/dev/null"), "/dev/null", "a file was expected");
    REFUSED(WIL_ERR_IO, wil_atomic_begin(&file, *state), "is a folder");
}

static bool is_denied(wil_status status, wil_status expected, const char *path)
{
    const char *words = wil_status_message();
    return status == expected && strstr(words, path) != NULL && strstr(words, "Permission denied") != NULL;
}

/* In a process of its own, which gives up the rights of root, before whom no folder is unwritable.
 * 0: refused in the right words; 1: not; 77: cannot be tried here. */
static int write_as_nobody(const char *folder, const char *path)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 77;
    wil_atomic_file file; /* refused at once, not after the work of a night */
    return !(is_denied(wil_atomic_begin(&file, path), WIL_ERR_IO, path) &&
             is_denied(wil_file_write(path, "x", 1), WIL_ERR_IO, path) &&
             is_denied(wil_folder_make(path), WIL_ERR_ARG, path) &&
             is_denied(wil_folder_make(folder), WIL_ERR_ARG, folder));
}

static void an_unwritable_folder_is_refused(void **state)
{
    const char *folder = in_folder(*state, "locked");
    assert_int_equal(mkdir(folder, 0555), 0);
    const pid_t child = fork();
    if (child == 0)
        _exit(chmod(*state, 0755) != 0 ? 77 : write_as_nobody(folder, in_folder(*state, "locked/a.txt")));
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    if (WEXITSTATUS(result) == 77) {
        print_message("SKIPPED: this process cannot give up its rights\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(result), 0);
    assert_int_equal(count_entries(folder), 0);
}

/* Writes n bytes under a limit on the size of files, which fails in the middle as a full disk does. */
static wil_status write_under_limit(const char *path, size_t n, rlim_t limit)
{
    char *bytes = calloc(n, 1);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = limit, .rlim_max = before.rlim_max};
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const wil_status status = wil_file_write(path, bytes, n);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    (void)signal(SIGXFSZ, handler);
    free(bytes);
    return status;
}

static void a_write_that_fails_midway_keeps_the_old_file_and_leaves_nothing(void **state)
{
    const char *path = write_text(in_folder(*state, "a.bin"), "old");
    REFUSED(WIL_ERR_IO, write_under_limit(path, 1048576, 100000), path, "cannot write 1048576 bytes",
        "File too large");
    REFUSED(WIL_ERR_IO, write_under_limit(path, 100, 10), path,
        "cannot write 100 bytes"); /* found when the buffer is flushed */
    check_text(path, "old");
    assert_int_equal(count_entries(*state), 1);
    OK(write_under_limit(path, 100, 1000));
}

static void bytes_come_back_as_they_were_written(void **state)
{
    const char *path = in_folder(*state, "bytes");
    const size_t sizes[] = {0, 1, 65536, 65537, 300000};
    for (int k = 0; k < 5; k++) {
        uint8_t *bytes = malloc(sizes[k] + 1);
        char *read = NULL;
        size_t n = 0;
        for (size_t i = 0; i < sizes[k]; i++)
            bytes[i] = (uint8_t)(i * 7 + i / 251);
        OK(wil_file_write(path, bytes, sizes[k]));
        OK(wil_file_read(path, &read, &n));
        assert_int_equal(n, sizes[k]);
        assert_memory_equal(read, bytes, n);
        assert_int_equal(read[n], 0);
        wil_free(read);
        free(bytes);
    }
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    char *bytes = (char *)1;
    size_t n = 1;
    REFUSED(WIL_ERR_INPUT, wil_file_read(in_folder(*state, "none"), &bytes, &n), in_folder(*state, "none"),
        "No such file");
    assert_null(bytes);
    REFUSED(WIL_ERR_INPUT, wil_file_read(*state, &bytes, &n), "is a folder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_file_appears_when_it_is_published_and_not_before),
        CASE(a_discarded_file_leaves_the_old_one_and_nothing_else),
        CASE(the_temporary_name_keeps_folder_and_extension),
        CASE(publishing_what_was_never_written_fails_and_keeps_the_old_file),
        CASE(a_file_that_cannot_take_its_place_leaves_nothing),
        CASE(a_missing_folder_is_named),
        CASE(what_is_no_file_is_not_replaced),
        CASE(an_unwritable_folder_is_refused),
        CASE(a_write_that_fails_midway_keeps_the_old_file_and_leaves_nothing),
        CASE(bytes_come_back_as_they_were_written),
        CASE(a_file_that_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
