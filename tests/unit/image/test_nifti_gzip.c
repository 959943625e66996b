#include "test.h"

#include "image_fixture.h"

/* Where the parts of a gzip file may lie. What damage does to one: test_nifti_damage.c. */

static void append(const char *path, const char *mode, const void *bytes, size_t n)
{
    gzFile file = gzopen(path, mode);
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)n), n);
    assert_int_equal(gzclose(file), Z_OK);
}

/* RFC 1952: gzip files put behind one another are one file. Tape archives pad with zeros. */
TEST_IN_FOLDER(gzip_may_come_in_pieces_and_padded)
{
    image_file file = file_make(1, false, 2, 1, 100, 1, 1, 1);
    const char *path = in_folder(*state, "a.nii.gz");
    const char padding[512] = {0};
    wil_volume volume;
    for (int i = 0; i < 100; i++)
        voxels_of(&file)[i] = (uint8_t)i;
    append(path, "wb", file.bytes, 400);
    append(path, "ab", file.bytes + 400, file.n_bytes - 400);
    append(path, "abT", padding, sizeof padding);
    OK(wil_volume_read_stored(&volume, path));
    for (int i = 0; i < 100; i++)
        assert_true(volume.voxels[i] == (float)i);
    wil_volume_clear(&volume);
    free(file.bytes);
}

/* The checksum lies across the ends of the pieces in which a file is read, whatever powers of two they are:
 * gzip's header gets a name that is long enough for the file to end 1 to 9 bytes behind 2^16. */
TEST_IN_FOLDER(a_checksum_in_two_pieces_is_read)
{
    static Bytef packed[70000];
    image_file file = file_make(1, false, 2, 1, 3, 1, 1, 1);
    const char *path = in_folder(*state, "a.nii.gz");
    static char name[66000];
    size_t unnamed = 0;
    voxels_of(&file)[2] = 9;
    for (size_t wanted = 0; wanted < 10; wanted++) {
        z_stream z = {0};
        gz_header header = {.name = (Bytef *)name};
        memset(name, 0, sizeof name);
        if (wanted > 0)
            memset(name, 'n', 65536 + wanted - unnamed);
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
        z.next_in = file.bytes;
        z.avail_in = (uInt)file.n_bytes;
        z.next_out = packed;
        z.avail_out = sizeof packed;
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        OK(wil_file_write(path, packed, z.total_out));
        unnamed = wanted == 0 ? z.total_out : unnamed;
        assert_int_equal(z.total_out, wanted == 0 ? unnamed : 65536 + wanted);
        deflateEnd(&z);
        WIL_OWN(wil_volume) volume = {0};
        OK(wil_volume_read_stored(&volume, path));
        assert_true(volume.voxels[2] == 9.0f);
    }
    free(file.bytes);
}

/* More voxels than the buffers of zlib hold, so that the last of them are there before the checksum is read.
 */
TEST_IN_FOLDER(the_checksum_of_a_large_file_is_read_too)
{
    image_file file = file_make(1, false, 2, 1, 128, 128, 128, 1);
    WIL_OWN(char) *bytes = NULL;
    size_t n_bytes = 0;
    wil_volume volume;
    for (size_t i = file.n_front; i < file.n_bytes; i++)
        file.bytes[i] = (uint8_t)wil_rng_below(wil_rng_at(7, WIL_RNG_TEST, 0), i, 256);
    const char *path = file_write(&file, *state, "a.nii.gz");
    OK(wil_volume_read_stored(&volume, path));
    wil_volume_clear(&volume);
    OK(wil_file_read(path, &bytes, &n_bytes));
    bytes[n_bytes - 8] ^= 1;
    OK(wil_file_write(path, bytes, n_bytes));
    REFUSED(WIL_ERR_INPUT, wil_volume_read_stored(&volume, path), "is corrupt", "incorrect data check");
    OK(wil_file_write(path, bytes, n_bytes - 8));
    REFUSED(WIL_ERR_INPUT, wil_volume_read_stored(&volume, path), "is truncated", "checksum");
}
