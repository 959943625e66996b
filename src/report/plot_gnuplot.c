/* The gnuplot process: script on its standard input, SVG from its standard output, its words from standard
 * error. The three are unlinked temporary files instead of pipes, so neither side can block the other and a
 * gnuplot that ends early cannot raise SIGPIPE in the program that called us. */
#include "report_internal.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

typedef struct gnuplot_files {
    FILE *script, *svg, *words;
} gnuplot_files;

static void close_files(gnuplot_files *files)
{
    FILE *all[3] = {files->script, files->svg, files->words};
    for (int i = 0; i < 3; i++)
        if (all[i] != NULL)
            fclose(all[i]);
}
WIL_OWNED_VALUE(gnuplot_files, close_files)

static wil_status open_files(gnuplot_files *files, const char *script, size_t n_script)
{
    files->script = tmpfile();
    files->svg = tmpfile();
    files->words = tmpfile();
    WIL_REQUIRE(files->script != NULL && files->svg != NULL && files->words != NULL, WIL_ERR_IO,
        "cannot make a temporary file for gnuplot in %s: %s", P_tmpdir, strerror(errno));
    bool written = fwrite(script, 1, n_script, files->script) == n_script && fflush(files->script) == 0 &&
                   fseek(files->script, 0, SEEK_SET) == 0;
    WIL_REQUIRE(written, WIL_ERR_IO, "cannot write gnuplot's script in %s: %s", P_tmpdir, strerror(errno));
    return WIL_OK;
}

/* Whole temporary file as a string; freed with wil_free. */
static wil_status read_back(char **out, FILE *file)
{
    long length = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    WIL_REQUIRE(length >= 0 && fseek(file, 0, SEEK_SET) == 0, WIL_ERR_IO,
        "cannot read what gnuplot wrote: %s", strerror(errno));
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_alloc((void **)&text, (size_t)length + 1, 1));
    WIL_REQUIRE(fread(text, 1, (size_t)length, file) == (size_t)length, WIL_ERR_IO,
        "cannot read what gnuplot wrote: %s", strerror(errno));
    return wil_give(out, &text);
}

static int spawn(pid_t *process, const gnuplot_files *files)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed == 0) {
        sigset_t none;
        sigemptyset(&none);
        char *const arguments[] = {"gnuplot", "--default-settings", "-", NULL}; /* nobody's ~/.gnuplot */
        failed = posix_spawn_file_actions_adddup2(&actions, fileno(files->script), STDIN_FILENO);
        failed =
            failed ? failed : posix_spawn_file_actions_adddup2(&actions, fileno(files->svg), STDOUT_FILENO);
        failed =
            failed ? failed : posix_spawn_file_actions_adddup2(&actions, fileno(files->words), STDERR_FILENO);
        failed = failed ? failed : posix_spawnattr_setsigmask(&attributes, &none);
        failed = failed ? failed : posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        failed =
            failed ? failed : posix_spawnp(process, "gnuplot", &actions, &attributes, arguments, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Waits for the process; 0 if it ended well. A caller that ignores SIGCHLD takes the answer from us; then
 * what was drawn has to speak for itself. */
static int wait_for(pid_t process)
{
    int state = 0;
    while (waitpid(process, &state, 0) < 0) {
        if (errno == EINTR)
            continue;
        return errno == ECHILD ? 0 : -1;
    }
    return state;
}

/* Says how it ended and its words, shortened to what a person reads. */
static wil_status fail_with_words(int state, const gnuplot_files *files)
{
    char how[64];
    if (WIFSIGNALED(state))
        snprintf(how, sizeof how, "was stopped by signal %d", WTERMSIG(state));
    else if (WIFEXITED(state) && WEXITSTATUS(state) == 127)
        snprintf(how, sizeof how, "could not be started (exit status 127)");
    else
        snprintf(how, sizeof how, "ended with exit status %d", WEXITSTATUS(state));
    WIL_OWN(char) *words = NULL;
    WIL_TRY(read_back(&words, files->words));
    size_t length = strlen(words);
    while (length > 0 && strchr(" \n\r\t", words[length - 1]) != NULL)
        words[--length] = '\0';
    return wil_fail(WIL_ERR_IO, "gnuplot %s%s%.800s", how,
        length > 0 ? " and said: " : " without drawing anything", words);
}

static wil_status run(char **svg_out, const gnuplot_files *files)
{
    pid_t process = 0;
    int failed = spawn(&process, files);
    WIL_REQUIRE(failed != ENOENT, WIL_ERR_IO,
        "gnuplot is not installed; plots need it: install the Debian package gnuplot-nox (apt-get install "
        "gnuplot-nox)");
    WIL_REQUIRE(failed == 0, WIL_ERR_IO, "cannot start gnuplot: %s", strerror(failed));
    int state = wait_for(process);
    if (state != 0)
        return fail_with_words(state, files);
    WIL_OWN(char) *svg = NULL;
    WIL_TRY(read_back(&svg, files->svg));
    if (strstr(svg, "<svg") == NULL || strstr(svg, "</svg>") == NULL)
        return fail_with_words(state, files);
    return wil_give(svg_out, &svg);
}

wil_status plot_gnuplot_run(char **svg_out, const char *script, size_t n_script)
{
    WIL_OWN(gnuplot_files) files = {0};
    WIL_TRY(open_files(&files, script, n_script));
    return run(svg_out, &files);
}
