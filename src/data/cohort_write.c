/* cohort.tsv, with paths relative to its folder so that the whole can be moved. */
#include "willis/data.h"

#include <stdlib.h>
#include <string.h>

/* The path without links and dots in its folder; the file itself may be a link (git-annex) and stays. */
static wil_status resolve(char **out, const char *path)
{
    WIL_OWN(char) *folder = NULL;
    WIL_TRY(wil_path_folder(&folder, path));
    WIL_OWN(char) *real = realpath(folder, NULL);
    WIL_REQUIRE(real != NULL, WIL_ERR_IO, "%s: the folder %s does not exist", path, folder);
    return wil_path_join(out, real, wil_path_name(path));
}

/* Both absolute and resolved; folder without a '/' at its end. */
static wil_status relative_path(char **out, const char *folder, const char *path)
{
    size_t common = 0; /* behind the last '/' that both share */
    for (size_t i = 0;; i++) {
        const char f = folder[i] == '\0' ? '/' : folder[i];
        if (f != path[i])
            break;
        if (f == '/')
            common = i + 1;
        if (folder[i] == '\0')
            break;
    }
    WIL_OWN(char) *result = NULL;
    const size_t n = strlen(folder);
    for (size_t i = common; i < n; i++)
        if (i == common || folder[i] == '/')
            WIL_TRY(wil_text_append(&result, "../"));
    WIL_TRY(wil_text_append(&result, "%s", path + common));
    return wil_give(out, &result);
}

static wil_status append_path(char **text, const char *folder, const char *path)
{
    WIL_OWN(char) *full = NULL;
    WIL_OWN(char) *relative = NULL;
    if (path == NULL)
        return wil_text_append(text, "\t");
    WIL_REQUIRE(strpbrk(path, "\t\r\n\"") == NULL, WIL_ERR_ARG,
        "%s: holds a tab, a line end or a quote, which a table cannot keep; rename it", path);
    WIL_TRY(resolve(&full, path));
    WIL_TRY(relative_path(&relative, folder, full));
    return wil_text_append(text, "\t%s", relative);
}

static wil_status add_subject(wil_lines *lines, const char *folder, const wil_subject *subject, bool origins)
{
    WIL_OWN(char) *row = NULL;
    WIL_TRY(wil_text_append(
        &row, "%s\t%s", subject->id, subject->split == WIL_SPLIT_NONE ? "" : wil_split_name(subject->split)));
    WIL_TRY(append_path(&row, folder, subject->image));
    WIL_TRY(append_path(&row, folder, subject->label));
    WIL_TRY(append_path(&row, folder, subject->mask));
    if (origins)
        WIL_TRY(wil_text_append(&row, "\t%s", subject->is_phantom ? WIL_PHANTOM_ORIGIN : ""));
    WIL_TRY(wil_text_append(&row, "\n"));
    return wil_lines_add(lines, row);
}

wil_status wil_cohort_write(const wil_cohort *cohort, const char *path)
{
    WIL_OWN(wil_lines) lines = {0};
    WIL_OWN(char) *full = NULL;
    WIL_OWN(char) *folder = NULL;
    bool origins = false;
    for (int i = 0; i < cohort->n_subjects; i++)
        origins = origins || cohort->subjects[i].is_phantom;
    WIL_TRY(resolve(&full, path));
    WIL_TRY(wil_path_folder(&folder, full));
    WIL_TRY(wil_lines_add(&lines, origins ? "subject\tsplit\timage\tlabel\tmask\tlabel_origin\n"
                                          : "subject\tsplit\timage\tlabel\tmask\n"));
    for (int i = 0; i < cohort->n_subjects; i++)
        WIL_TRY(add_subject(&lines, folder, &cohort->subjects[i], origins));
    return wil_file_write(path, lines.text, lines.n_bytes);
}
