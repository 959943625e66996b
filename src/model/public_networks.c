/* Networks by name: where the public ones lie, and which there are. */
#include "willis/model.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".safetensors"

static const char *const ALIASES[][2] = {{"vessels", "tof-vessels"}, {"phantom", "tof-generator"}};

/* In the order in which they are asked. */
typedef enum place_kind { PLACE_USER, PLACE_INSTALLED, PLACE_SOURCE, N_PLACES } place_kind;

typedef struct places {
    char *folder[N_PLACES]; /* NULL: there is none */
} places;

static void places_clear(places *p)
{
    for (int i = 0; i < N_PLACES; i++)
        wil_free(p->folder[i]);
}
WIL_OWNED_VALUE(places, places_clear)

/* From where the library lies, so that an installation may be moved. A program that is linked statically has
 * no such place: the loader knows it as it was called. */
static wil_status find_installed(char **out)
{
    Dl_info info;
    WIL_OWN(char) *lib = NULL;
    if (dladdr((const void *)ALIASES, &info) == 0 || info.dli_fname == NULL || info.dli_fname[0] != '/')
        return WIL_OK;
    WIL_TRY(wil_path_folder(&lib, info.dli_fname));
    return wil_path_join(out, lib, WILLIS_LIB_TO_MODELS);
}

static wil_status find_places(places *out)
{
    const char *user = getenv("WILLIS_MODELS");
    if (user != NULL && user[0] != '\0')
        WIL_TRY(wil_string_copy(&out->folder[PLACE_USER], user));
    WIL_TRY(find_installed(&out->folder[PLACE_INSTALLED]));
    return wil_string_copy(&out->folder[PLACE_SOURCE], WILLIS_SOURCE_MODELS);
}

/* The file of that name in the first n places that have it; NULL if none has. */
static wil_status find_file(char **out, const places *p, int n, const char *file)
{
    *out = NULL;
    for (int i = 0; i < n; i++) {
        WIL_OWN(char) *path = NULL;
        if (p->folder[i] == NULL)
            continue;
        WIL_TRY(wil_path_join(&path, p->folder[i], file));
        if (wil_file_exists(path))
            return wil_give(out, &path);
    }
    return WIL_OK;
}

/* ---- what there is ------------------------------------------------------------------------------------- */

static int is_network(const struct dirent *entry)
{
    const char *dot = strchr(entry->d_name, '.');
    return dot != NULL && dot > entry->d_name && strcmp(dot, SUFFIX) == 0;
}

/* Each name once, with its alias. */
static wil_status add_names(char **words, const places *p, int place)
{
    struct dirent **found = NULL;
    const int n = p->folder[place] == NULL ? 0 : scandir(p->folder[place], &found, is_network, alphasort);
    wil_status status =
        n < 0 && errno == ENOMEM ? wil_fail(WIL_ERR_MEMORY, "out of memory for names") : WIL_OK;
    for (int i = 0; i < n; i++) {
        WIL_OWN(char) *earlier = NULL;
        const int length = (int)(strlen(found[i]->d_name) - strlen(SUFFIX));
        if (status == WIL_OK)
            status = find_file(&earlier, p, place, found[i]->d_name);
        if (status == WIL_OK && earlier == NULL)
            status = wil_text_append(words, "%s%.*s", *words == NULL ? "" : ", ", length, found[i]->d_name);
        for (size_t k = 0; k < sizeof ALIASES / sizeof *ALIASES && status == WIL_OK && earlier == NULL; k++)
            if (strncmp(ALIASES[k][1], found[i]->d_name, (size_t)length) == 0 &&
                ALIASES[k][1][length] == '\0')
                status = wil_text_append(words, " (or %s)", ALIASES[k][0]);
        free(found[i]);
    }
    free(found);
    return status;
}

/* "A, B and C": where was looked. */
static wil_status add_folders(char **words, const places *p)
{
    for (int i = 0; i < N_PLACES; i++)
        if (p->folder[i] != NULL)
            WIL_TRY(wil_text_append(words, "%s%s",
                *words == NULL     ? ""
                : i + 1 < N_PLACES ? ", "
                                   : " and ",
                p->folder[i]));
    return WIL_OK;
}

static wil_status refuse(const places *p, const char *name)
{
    WIL_OWN(char) *words = NULL, *folders = NULL;
    for (int i = 0; i < N_PLACES; i++)
        WIL_TRY(add_names(&words, p, i));
    WIL_TRY(add_folders(&folders, p));
    const bool is_file = wil_file_exists(name);
    return wil_fail(WIL_ERR_INPUT,
        "there is no public network '%s'; there %s %s in %s (WILLIS_MODELS names another folder). A file of "
        "your own is given with its folder%s%s",
        name, words == NULL ? "is" : "are:", words == NULL ? "none" : words, folders,
        is_file ? ": ./" : ": ./FILE", is_file ? name : "");
}

wil_status wil_network_find(char **path_out, const char *network)
{
    WIL_OWN(places) p = {{NULL}};
    WIL_OWN(char) *file = NULL, *path = NULL;
    const char *name = network;
    *path_out = NULL;
    if (strpbrk(network, "/.") != NULL)
        return wil_string_copy(path_out, network);
    for (size_t k = 0; k < sizeof ALIASES / sizeof *ALIASES; k++)
        if (strcmp(network, ALIASES[k][0]) == 0)
            name = ALIASES[k][1];
    WIL_TRY(wil_string_format(&file, "%s%s", name, SUFFIX));
    WIL_TRY(find_places(&p));
    WIL_TRY(find_file(&path, &p, N_PLACES, file));
    return path == NULL ? refuse(&p, network) : wil_give(path_out, &path);
}
