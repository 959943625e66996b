#include "test.h"

#include "image_fixture.h"

#include <errno.h>

/* Files that were cut, altered or misnamed on their way. What is wrong inside a header:
 * test_nifti_header_damage.c. */

#define N_VOXELS (7 * 5 * 3)

/* 7x5x3 voxels of 16 bits that gzip cannot do much about. */
static const char *write_sound(const char *folder, const char *name, int version)
{
    image_file file = file_make(version, false, 4, 2, 7, 5, 3, 1);
    for (int i = 0; i < N_VOXELS; i++)
        put_integer(voxels_of(&file) + 2 * i, 2, (uint64_t)(i * 7919 % 30011), false);
    return file_write(&file, folder, name);
}

static bool same_volume(const wil_volume *a, const wil_volume *b)
{
    return memcmp(&a->grid, &b->grid, sizeof a->grid) == 0 && a->n_time == b->n_time &&
           memcmp(a->voxels, b->voxels, N_VOXELS * sizeof *a->voxels) == 0;
}

/* ---- cut ---------------------------------------------------------------------------------------------- */

TEST_IN_FOLDER(a_file_cut_anywhere_is_refused)
{
    const char *const names[] = {"a.nii", "a.nii.gz"};
    for (int variant = 0; variant < 4; variant++) {
        WIL_OWN(char) *bytes = NULL;
        size_t n_bytes = 0;
        const char *cut = in_folder(*state, variant % 2 ? "cut.nii.gz" : "cut.nii");
        OK(wil_file_read(write_sound(*state, names[variant % 2], 1 + variant / 2), &bytes, &n_bytes));
        for (size_t n = 0; n < n_bytes; n++) {
            wil_volume volume;
            FILE *file =
                fopen(cut, "wb"); /* not through wil_file_write, whose flush to disk takes its time */
            assert_int_equal(fwrite(bytes, 1, n, file), n);
            assert_int_equal(fclose(file), 0);
            if (wil_volume_read(&volume, cut) != WIL_ERR_INPUT)
                fail_msg("%s: %zu of %zu bytes were accepted", cut, n, n_bytes);
            assert_null(volume.voxels);
            if (strstr(wil_status_message(), cut) == NULL)
                fail_msg("at %zu of %zu bytes: %s", n, n_bytes, wil_status_message());
        }
    }
}

TEST_IN_FOLDER(a_cut_file_is_told_what_it_lacks)
{
    WIL_OWN(char) *bytes = NULL;
    size_t n_bytes = 0;
    wil_volume volume;
    const char *cut = in_folder(*state, "cut.nii");
    OK(wil_file_read(write_sound(*state, "a.nii", 1), &bytes, &n_bytes));
    OK(wil_file_write(cut, bytes, 352 + 11));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, cut), "cut.nii: is truncated", "210 bytes of voxels",
        "found 11");
    OK(wil_file_write(cut, bytes, 350));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, cut), "210 bytes of voxels", "found 0");
    OK(wil_file_write(cut, bytes, 17));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, cut), "348 bytes was expected", "found 17");
    /* compressed as a whole, so that the gzip stream is sound but holds too little */
    write_bytes(in_folder(*state, "cut.nii.gz"), bytes, 352 + 11);
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, in_folder(*state, "cut.nii.gz")),
        "cut.nii.gz: is truncated", "210 bytes of voxels", "found 11");
    wil_free(bytes);
    OK(wil_file_read(write_sound(*state, "b.nii.gz", 1), &bytes, &n_bytes));
    OK(wil_file_write(in_folder(*state, "cut.nii.gz"), bytes, n_bytes - 3));
    REFUSED(
        WIL_ERR_INPUT, wil_volume_read(&volume, in_folder(*state, "cut.nii.gz")), "is truncated", "checksum");
    wil_free(bytes);
    OK(wil_file_read(write_sound(*state, "c.nii", 2), &bytes, &n_bytes));
    OK(wil_file_write(cut, bytes, 539));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, cut), "540 bytes was expected", "found 539");
}

TEST_IN_FOLDER(the_data_of_a_pair_are_checked_too)
{
    image_file file = file_make(1, false, 4, 2, 7, 5, 3, 1);
    wil_volume volume;
    set_magic(&file, "ni1");
    set(&file, VOX_OFFSET, 0, 0);
    write_bytes(in_folder(*state, "a.hdr"), file.bytes, 348);
    const char *header = in_folder(*state, "a.hdr");
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, header), "a.img", strerror(ENOENT));
    write_bytes(in_folder(*state, "a.img"), file.bytes, 209);
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, header), "a.img", "210 bytes of voxels", "found 209");
    write_bytes(in_folder(*state, "a.img"), file.bytes, 210);
    OK(wil_volume_read(&volume, header));
    wil_volume_clear(&volume);
    assert_int_equal(unlink(header), 0);
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, in_folder(*state, "a.img")), "a.hdr", strerror(ENOENT));
    free(file.bytes);
}

/* ---- altered ------------------------------------------------------------------------------------------ */

/* Each byte of a gzip file, altered in three ways: what is still accepted must be what was written (a changed
 * time or file name in gzip's own header harms nothing). */
TEST_IN_FOLDER(altered_gzip_is_refused_or_harmless)
{
    const uint8_t changes[] = {0x01, 0x80, 0xff};
    WIL_OWN(char) *bytes = NULL;
    size_t n_bytes = 0, refused = 0;
    WIL_OWN(wil_volume) sound = {0};
    const char *path = write_sound(*state, "a.nii.gz", 1);
    const char *altered = in_folder(*state, "altered.nii.gz");
    OK(wil_volume_read(&sound, path));
    OK(wil_file_read(path, &bytes, &n_bytes));
    for (size_t i = 0; i < 3 * n_bytes; i++) {
        WIL_OWN(wil_volume) volume = {0};
        bytes[i / 3] = (char)((uint8_t)bytes[i / 3] ^ changes[i % 3]);
        FILE *file = fopen(altered, "wb");
        assert_int_equal(fwrite(bytes, 1, n_bytes, file), n_bytes);
        assert_int_equal(fclose(file), 0);
        bytes[i / 3] = (char)((uint8_t)bytes[i / 3] ^ changes[i % 3]);
        const wil_status status = wil_volume_read(&volume, altered);
        if (status == WIL_OK ? !same_volume(&volume, &sound) : status != WIL_ERR_INPUT)
            fail_msg(
                "byte %zu ^ %02x: %s", i / 3, changes[i % 3], status == WIL_OK ? "read wrongly" : "status");
        refused += status != WIL_OK;
    }
    assert_true(refused > 3 * (n_bytes - 10)); /* all but some of gzip's header, 10 bytes without a name */
}

TEST_IN_FOLDER(a_wrong_checksum_is_named)
{
    WIL_OWN(char) *bytes = NULL;
    size_t n_bytes = 0;
    wil_volume volume;
    const char *path = write_sound(*state, "a.nii.gz", 1);
    OK(wil_file_read(path, &bytes, &n_bytes));
    bytes[n_bytes - 8] ^= 1; /* RFC 1952: CRC32 and length end the file */
    OK(wil_file_write(path, bytes, n_bytes));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, path), "a.nii.gz: is corrupt", "incorrect data check");
    bytes[n_bytes - 8] ^= 1;
    bytes[n_bytes - 1] ^= 1;
    OK(wil_file_write(path, bytes, n_bytes));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, path), "is corrupt", "incorrect length check");
}

/* A transfer as text turns \r\n into \n; the signature of NIfTI-2 is there to notice. */
TEST_IN_FOLDER(a_file_sent_as_text_is_refused)
{
    image_file file = file_make(2, false, 2, 1, 1, 1, 1, 1);
    wil_volume volume;
    file.bytes[8] = '\n';
    REFUSED(
        WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "a.nii")), "a.nii: is not NIfTI");
}

/* ---- misnamed ----------------------------------------------------------------------------------------- */

TEST_IN_FOLDER(what_is_no_image_is_refused)
{
    char text[1000];
    wil_volume volume;
    wil_mask mask;
    memset(text, 'x', sizeof text);
    OK(wil_file_write(in_folder(*state, "text.nii"), text, sizeof text));
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, in_folder(*state, "text.nii")), "text.nii: is not NIfTI");
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, in_folder(*state, "none.nii.gz")), "none.nii.gz",
        strerror(ENOENT));
    REFUSED(WIL_ERR_INPUT, wil_mask_read(&mask, in_folder(*state, "none.nii")), "none.nii", strerror(ENOENT));
    OK(wil_folder_make(in_folder(*state, "folder.nii")));
    REFUSED(
        WIL_ERR_INPUT, wil_volume_read(&volume, in_folder(*state, "folder.nii")), "folder.nii: is a folder");
    REFUSED(WIL_ERR_INPUT, wil_volume_read_header(&volume, in_folder(*state, "scan.nrrd")),
        "scan.nrrd: unknown kind", ".nii.gz");
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, ".nii"), ".nii: unknown kind");
    REFUSED(WIL_ERR_ARG, wil_volume_read(&volume, NULL), "no path");
}

TEST_IN_FOLDER(compression_must_agree_with_the_name)
{
    wil_volume volume;
    const char *plain = in_folder(*state, "plain.nii.gz");
    const char *gzipped = in_folder(*state, "gzipped.nii");
    assert_int_equal(rename(write_sound(*state, "a.nii", 1), plain), 0);
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, plain), "plain.nii.gz", "not gzip-compressed", "rename");
    assert_int_equal(rename(write_sound(*state, "b.nii.gz", 1), gzipped), 0);
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, gzipped), "gzipped.nii", "is gzip-compressed", "add .gz");
}

TEST_IN_FOLDER(header_and_name_must_agree_on_how_many_files_there_are)
{
    wil_volume volume;
    image_file file = file_make(1, false, 2, 1, 1, 1, 1, 1);
    set_magic(&file, "ni1");
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "a.nii")), "a.nii",
        "second file", "rename it to .hdr");
    file = file_make(2, false, 2, 1, 1, 1, 1, 1);
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "b.hdr")), "b.hdr", "same file",
        "rename it to .nii");
    file = file_make(1, false, 2, 1, 1, 1, 1, 1);
    set_magic(&file, "\0\0");
    REFUSED(WIL_ERR_INPUT, wil_volume_read(&volume, file_write(&file, *state, "c.nii")),
        "c.nii: is not NIfTI", "signature", ".img");
}
