/* safetensors files: what is written is read back, and nothing damaged is read. */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outcome.h"
#include "willis/nn.h"

static char folder[] = "/tmp/willis-safetensors-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/a.safetensors", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails, and so does the test, if a temporary file was left */
}

/* A file from a header's text and n_data bytes; length < 0: the true one. */
static void write_raw(const char *header, int64_t length, size_t n_data)
{
    uint64_t n = length < 0 ? strlen(header) : (uint64_t)length;
    size_t total = 8 + strlen(header) + n_data;
    char *bytes = calloc(total + 1, 1);
    assert_non_null(bytes);
    memcpy(bytes, &n, 8);
    memcpy(bytes + 8, header, strlen(header));
    OK(wil_file_write(path, bytes, total));
    free(bytes);
}

static void assert_refused(const char *words)
{
    wil_tensor_file file;
    assert_int_equal(wil_tensor_file_read(&file, path), WIL_ERR_INPUT);
    const char *message = wil_status_message();
    assert_non_null(strstr(message, path));
    if (strstr(message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", message, words);
    assert_null(file.tensors);
    assert_null(file.metadata);
}

static void assert_header_refused(const char *header, size_t n_data, const char *words)
{
    write_raw(header, -1, n_data);
    assert_refused(words);
}

static void write_example(void)
{
    float weights[6] = {1, 2, 3, 4, 5, 6};
    double losses[2] = {0.25, -1e300};
    int64_t step = 1234567890123;
    uint8_t flags[3] = {0, 1, 255};
    const wil_tensor tensors[] = {{"weights", WIL_TENSOR_F32, wil_shape_of(2, 2, 3), weights},
        {"losses", WIL_TENSOR_F64, wil_shape_of(1, 2), losses},
        {"step", WIL_TENSOR_I64, wil_shape_of(0), &step},
        {"flags", WIL_TENSOR_U8, wil_shape_of(1, 3), flags}};
    WIL_OWN(json_t) *metadata = json_pack("{s:s,s:s}", "made by", "a \"test\"", "größe", "96x96");
    OK(wil_tensor_file_write(path, tensors, 4, metadata));
}

TEST(a_file_comes_back_as_it_was_written)
{
    write_example();
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, path));
    assert_int_equal(file.n_tensors, 4);
    assert_true(file.checked);
    const wil_tensor *weights = wil_tensor_file_find(&file, "weights");
    assert_non_null(weights);
    assert_int_equal(weights->type, WIL_TENSOR_F32);
    assert_true(wil_shape_equal(weights->shape, wil_shape_of(2, 2, 3)));
    assert_memory_equal(weights->data, ((float[]){1, 2, 3, 4, 5, 6}), 24);
    assert_memory_equal(wil_tensor_file_find(&file, "losses")->data, ((double[]){0.25, -1e300}), 16);
    assert_int_equal(wil_tensor_file_find(&file, "step")->shape.rank, 0);
    assert_int_equal(*(int64_t *)wil_tensor_file_find(&file, "step")->data, 1234567890123);
    assert_memory_equal(wil_tensor_file_find(&file, "flags")->data, ((uint8_t[]){0, 1, 255}), 3);
    assert_null(wil_tensor_file_find(&file, "weight"));
    assert_int_equal(json_object_size(file.metadata), 2); /* the checksum is the file's own */
    assert_string_equal(json_string_value(json_object_get(file.metadata, "größe")), "96x96");
    wil_tensor_file_clear(&file);
}

TEST(the_bytes_are_those_of_the_format)
{
    write_example();
    WIL_OWN(char) *bytes = NULL;
    size_t n_bytes = 0;
    OK(wil_file_read(path, &bytes, &n_bytes));
    uint64_t n = 0;
    memcpy(&n, bytes, 8);
    assert_int_equal(n % 8, 0);
    assert_int_equal(n_bytes, 8 + n + 24 + 16 + 8 + 3);
    assert_int_equal(bytes[8], '{');
    float first[2];
    memcpy(first, bytes + 8 + n, sizeof first);
    assert_memory_equal(first, ((float[]){1, 2}), 8);
    assert_non_null(
        strstr(bytes + 8, "\"losses\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[24,40]}"));
    assert_non_null(strstr(bytes + 8, "\"step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[40,48]}"));
}

TEST(an_empty_list_is_a_file)
{
    OK(wil_tensor_file_write(path, NULL, 0, NULL));
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, path));
    assert_int_equal(file.n_tensors, 0);
    assert_int_equal(json_object_size(file.metadata), 0);
    wil_tensor_file_clear(&file);
}

TEST(files_without_metadata_and_out_of_order_are_read)
{
    write_raw("{\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[4,6]},"
              "\"a\":{\"shape\":[1],\"dtype\":\"F32\",\"data_offsets\":[0,4]}}  ",
        -1, 6);
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, path));
    assert_int_equal(file.n_tensors, 2);
    assert_int_equal(json_object_size(file.metadata), 0);
    assert_false(file.checked);
    wil_tensor_file_clear(&file);
}

TEST(a_file_cut_at_any_byte_is_refused)
{
    write_example();
    WIL_OWN(char) *bytes = NULL;
    size_t n_bytes = 0;
    OK(wil_file_read(path, &bytes, &n_bytes));
    uint64_t n = 0;
    memcpy(&n, bytes, 8);
    for (size_t kept = 0; kept < n_bytes; kept++) {
        OK(wil_file_write(path, bytes, kept));
        const char *words = kept < 8 ? "less than the 8" : kept < 8 + n ? "is cut off" : "bytes of data";
        assert_refused(words);
    }
}

TEST(a_changed_byte_of_the_data_is_found)
{
    write_example();
    WIL_OWN(char) *bytes = NULL;
    size_t n_bytes = 0;
    OK(wil_file_read(path, &bytes, &n_bytes));
    for (size_t at = n_bytes - 51; at < n_bytes; at++) { /* all 51 bytes of data */
        bytes[at] ^= 4;
        OK(wil_file_write(path, bytes, n_bytes));
        assert_refused("its data have the checksum");
        bytes[at] ^= 4;
    }
}

/* What is changed in the name of the checksum itself takes the checksum away, and can do no more than that.
 */
TEST(a_changed_byte_of_the_header_is_found)
{
    write_example();
    WIL_OWN(char) *bytes = NULL;
    size_t n_bytes = 0;
    OK(wil_file_read(path, &bytes, &n_bytes));
    const size_t n_header = n_bytes - 51;
    int n_unchecked = 0;
    for (size_t at = 0; at < n_header; at++) {
        for (int bit = 0; bit < 8; bit++) {
            wil_tensor_file file;
            bytes[at] = (char)(bytes[at] ^ 1 << bit);
            FILE *stream = fopen(path, "wb");
            assert_true(
                stream != NULL && fwrite(bytes, 1, n_bytes, stream) == n_bytes && fclose(stream) == 0);
            const wil_status status = wil_tensor_file_read(&file, path);
            if (status == WIL_OK)
                assert_false(file.checked);
            else
                assert_int_equal(status, WIL_ERR_INPUT);
            n_unchecked += status == WIL_OK;
            if (status == WIL_OK)
                wil_tensor_file_clear(&file);
            bytes[at] = (char)(bytes[at] ^ 1 << bit);
        }
    }
    assert_in_range(n_unchecked, 1, 8 * strlen("__metadata__willis.crc32"));
}

/* Files written before headers had one: eight digits, of the data alone. */
TEST(a_checksum_of_the_data_alone_is_verified)
{
    wil_tensor_file file;
    write_raw("{\"__metadata__\":{\"willis.crc32\":\"2144df1c\"},"
              "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        -1, 4); /* zlib.crc32(bytes(4)) in Python */
    OK(wil_tensor_file_read(&file, path));
    assert_true(file.checked);
    wil_tensor_file_clear(&file);
    assert_header_refused("{\"__metadata__\":{\"willis.crc32\":\"2144df1d\"},"
                          "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        4, "its data have the checksum 2144df1c but 2144df1d was written");
}

TEST(bytes_behind_the_last_tensor_are_refused)
{
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5,
        "bytes 4 to 5 of its data belong to no tensor");
    assert_header_refused("{}", 1, "bytes 0 to 1 of its data belong to no tensor");
}

TEST(gaps_and_overlaps_are_refused)
{
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                          "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
        12, "bytes 4 to 8 of its data belong to no tensor");
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
        "bytes 0 to 4 of its data belong to no tensor");
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                          "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
        12, "tensors a and b overlap");
}

TEST(a_name_that_stands_twice_is_refused)
{
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                          "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        8, "duplicate object key");
}

TEST(sizes_that_disagree_with_the_shape_are_refused)
{
    assert_header_refused("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
        "4 bytes, but its shape and dtype need 8");
    assert_header_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
        "tensor a lies at [0, 4], 4 bytes, but its shape and dtype need 2");
    assert_header_refused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "lies at [4, 0]");
    assert_header_refused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "lies at [-4, 0]");
    assert_header_refused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 4, "there are 4 bytes of data");
}

TEST(impossible_shapes_are_refused)
{
    const char *shapes[] = {"[0]", "[-1]", "[1.5]", "[\"1\"]", "7", "[1,1,1,1,1,1,1]", "null",
        "[4294967296,4294967296]", "[9223372036854775807]"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        char header[200];
        snprintf(header, sizeof header, "{\"a\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[0,4]}}",
            shapes[i]);
        assert_header_refused(header, 4, "of tensor a");
    }
}

TEST(dtypes_that_are_not_read_are_named)
{
    assert_header_refused("{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
        "tensor a has dtype BF16; F32, F64, I64 and U8 are read: convert it");
    assert_header_refused(
        "{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "that is not text");
}

TEST(entries_of_another_form_are_refused)
{
    const char *words = "tensor a is not described by dtype, shape and data_offsets";
    assert_header_refused("{\"a\":7}", 0, words);
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, words);
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, words);
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0.0,4]}}", 4, words);
    assert_header_refused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, words);
    assert_header_refused("{\"__metadata__\":{\"a\":1}}", 0, "its metadata a is not text");
    assert_header_refused("{\"__metadata__\":[]}", 0, "its metadata are not a JSON object");
}

TEST(headers_that_are_not_json_are_refused)
{
    assert_header_refused("PK\003\004 a zip file of weights", 20, "does not begin with {");
    assert_header_refused("[]", 0, "does not begin with {");
    assert_header_refused("{\"a\":}", 0, "is not JSON");
    assert_header_refused("{} {}", 0, "is not JSON");
    assert_header_refused("", 0, "does not begin with {");
}

TEST(headers_that_are_too_long_are_refused)
{
    write_raw("{}", 3, 0);
    assert_refused("its header of 3 bytes is cut off after 2");
    write_raw("{}", 100000001, 0);
    assert_refused("more than the 100000000 allowed");
    write_raw("{}", INT64_MAX, 0);
    assert_refused("more than the 100000000 allowed");
}

TEST(missing_files_and_folders_are_named)
{
    wil_tensor_file file;
    REFUSED(WIL_ERR_INPUT, wil_tensor_file_read(&file, "/nowhere/a.safetensors"),
        "/nowhere/a.safetensors: cannot open");
    REFUSED(WIL_ERR_INPUT, wil_tensor_file_read(&file, folder), folder);
    assert_int_not_equal(wil_tensor_file_write("/nowhere/a.safetensors", NULL, 0, NULL), WIL_OK);
    SAYS(wil_status_message(), "/nowhere");
}

TEST(names_and_metadata_that_cannot_be_kept_are_refused)
{
    float x = 1;
    const wil_tensor twice[] = {
        {"x", WIL_TENSOR_F32, wil_shape_of(1, 1), &x}, {"x", WIL_TENSOR_F32, wil_shape_of(1, 1), &x}};
    REFUSED(WIL_ERR_ARG, wil_tensor_file_write(path, twice, 2, NULL), "two tensors are named x");
    const wil_tensor odd[] = {{"\xff", WIL_TENSOR_F32, wil_shape_of(1, 1), &x}};
    REFUSED(WIL_ERR_ARG, wil_tensor_file_write(path, odd, 1, NULL), "must be UTF-8");
    WIL_OWN(json_t) *metadata = json_pack("{s:i}", "n", 3);
    REFUSED(WIL_ERR_ARG, wil_tensor_file_write(path, twice, 1, metadata), "metadata n is not text");
}

TEST_GROUP(make_folder, remove_folder)
