/* A growing list of findings, and the reader of cohorts that either stops at the first or collects them. */
#ifndef WILLIS_DATA_FINDING_H
#define WILLIS_DATA_FINDING_H

#include "willis/data.h"

typedef struct finding_list {
    wil_finding *items;
    size_t capacity;
    int n;
} finding_list;

WIL_NODISCARD wil_status finding_add(
    finding_list *list, int subject, wil_finding_level level, const char *format, ...) WIL_PRINTF(4, 5);
void finding_list_clear(finding_list *list);
WIL_OWNED_VALUE(finding_list, finding_list_clear)

typedef struct cohort_reader {
    wil_cohort *cohort;
    size_t capacity;
    finding_list *findings; /* NULL: the first problem is a failure */
} cohort_reader;

/* A new subject at the end: id copied, no split, no files. */
WIL_NODISCARD wil_status cohort_reader_add(cohort_reader *reader, const char *id);
/* A problem with a subject (-1: the cohort): an error finding, or a WIL_ERR_INPUT failure with the same
 * words. */
WIL_NODISCARD wil_status cohort_reader_problem(cohort_reader *reader, int subject, const char *format, ...)
    WIL_PRINTF(3, 4);
/* Something that is left out, in words: kept in the cohort, and a note among findings. */
WIL_NODISCARD wil_status cohort_reader_skip(cohort_reader *reader, const char *format, ...) WIL_PRINTF(2, 3);
/* "train", "val", "test"; "", "none" and "n/a" are NONE. false: another word. */
bool cohort_split_parse(wil_split *out, const char *word);

/* Adds the subjects of a BIDS folder in the order of their ids. */
WIL_NODISCARD wil_status cohort_bids_read(cohort_reader *reader, const char *folder);
/* Whether a folder is nnU-Net's (dataset.json beside imagesTr), and the cases in it. */
bool cohort_is_nnunet(const char *folder);
WIL_NODISCARD wil_status cohort_nnunet_read(cohort_reader *reader, const char *folder);
/* wil_cohort_read; with findings, problems of single subjects go there. */
WIL_NODISCARD wil_status cohort_read_collecting(wil_cohort *out, const char *path, finding_list *findings);

#endif
