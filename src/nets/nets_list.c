/* All networks by name, at the sizes of the papers or others: for whoever wants to look at one. */
#include <string.h>

#include "willis/nets.h"

#define AT(member) offsetof(wil_net_size, member)
static const wil_field SIZE_FIELDS[] = {
    {"batch", WIL_INT, AT(batch), "1", 1, 100000, .help = "samples side by side"},
    {"filters", WIL_INT, AT(filters), "", 1, 4096,
        .help = "width of the network; 0: as in its paper (`--list`)"},
};
const wil_fields wil_net_size_fields = WIL_FIELDS(wil_net_size, SIZE_FIELDS);

static wil_node latent_input(wil_nn *nn, const wil_net_size *s, int n)
{
    return wil_graph_input_node(nn->graph, "z", wil_shape_of(2, s->batch, n));
}

/* [N,H,W,C], or of a volume [N,D,H,W,C]. */
static wil_node image_input(wil_nn *nn, const wil_net_size *s, int channels)
{
    const int *n = s->size;
    const wil_shape shape = n[2] > 0 ? wil_shape_of(5, s->batch, n[2], n[0], n[1], channels)
                                     : wil_shape_of(4, s->batch, n[0], n[1], channels);
    return wil_graph_input_node(nn->graph, "image", shape);
}

static wil_node series_input(wil_nn *nn, const wil_net_size *s)
{
    return wil_graph_input_node(
        nn->graph, "source", wil_shape_of(4, s->batch, s->size[0], s->size[1], s->size[2]));
}

static wil_wgan_config wgan_config(const wil_net_size *s)
{
    wil_wgan_config c = wil_wgan_config_default();
    c.height = s->size[0];
    c.width = s->size[1];
    c.filters = s->filters;
    return c;
}

static wil_node wgan_generator(wil_nn *nn, const wil_net_size *s)
{
    const wil_wgan_config c = wgan_config(s);
    return wil_nets_wgan_generator(nn, latent_input(nn, s, c.latent), &c, NULL);
}

static wil_node wgan_critic(wil_nn *nn, const wil_net_size *s)
{
    const wil_wgan_config c = wgan_config(s);
    return wil_nets_wgan_critic(nn, image_input(nn, s, c.channels), &c, NULL);
}

static wil_node dcgan_critic(wil_nn *nn, const wil_net_size *s)
{
    wil_wgan_config c = wgan_config(s);
    c.norm = WIL_CRITIC_BATCH_NORM;
    return wil_nets_wgan_critic(nn, image_input(nn, s, c.channels), &c, NULL);
}

static wil_wgan3d_config wgan3d_config(const wil_net_size *s)
{
    wil_wgan3d_config c = wil_wgan3d_config_default();
    c.height = s->size[0];
    c.width = s->size[1];
    c.depth = s->size[2];
    c.filters = s->filters;
    return c;
}

static wil_node wgan3d_generator(wil_nn *nn, const wil_net_size *s)
{
    const wil_wgan3d_config c = wgan3d_config(s);
    return wil_nets_wgan3d_generator(nn, latent_input(nn, s, c.latent), &c, NULL);
}

static wil_node wgan3d_critic(wil_nn *nn, const wil_net_size *s)
{
    const wil_wgan3d_config c = wgan3d_config(s);
    return wil_nets_wgan3d_critic(nn, image_input(nn, s, c.channels), &c, NULL);
}

static wil_node unet(wil_nn *nn, const wil_net_size *s)
{
    wil_unet_config c = s->size[2] > 0 ? wil_unet3d_config_default() : wil_unet_config_default();
    c.filters = s->filters;
    return wil_nets_unet(nn, image_input(nn, s, 1), &c);
}

static wil_pix2pix_config pix2pix_config(const wil_net_size *s)
{
    wil_pix2pix_config c = wil_pix2pix_config_default();
    c.height = s->size[0];
    c.width = s->size[1];
    c.time_points = s->size[2];
    c.filters = c.time_filters = c.discriminator_filters = s->filters;
    return c;
}

static wil_node pix2pix_generator(wil_nn *nn, const wil_net_size *s)
{
    const wil_pix2pix_config c = pix2pix_config(s);
    return wil_nets_pix2pix_generator(nn, series_input(nn, s), &c, NULL);
}

static wil_node temp_pix2pix_generator(wil_nn *nn, const wil_net_size *s)
{
    const wil_pix2pix_config c = pix2pix_config(s);
    return wil_nets_temp_pix2pix_generator(nn, series_input(nn, s), &c, NULL);
}

static wil_node patch_discriminator(wil_nn *nn, const wil_net_size *s)
{
    const wil_pix2pix_config c = pix2pix_config(s);
    const wil_shape shape = wil_shape_of(4, s->batch, c.height, c.width, 1);
    const wil_node map = wil_graph_input_node(nn->graph, "map", shape);
    return wil_nets_patch_discriminator(nn, series_input(nn, s), map, &c, NULL);
}

static wil_node inception(wil_nn *nn, const wil_net_size *s)
{
    return wil_nets_inception(nn, image_input(nn, s, 3), WIL_INCEPTION_FID);
}

static wil_node medicalnet(wil_nn *nn, const wil_net_size *s)
{
    return wil_nets_medicalnet(nn, image_input(nn, s, 1));
}

static const wil_net NETS[] = {
    {"wgan-generator", "latent vector to a patch and its label", 96, 2, {96, 96}, wgan_generator},
    {"wgan-critic", "patch and label to a score", 96, 2, {96, 96}, wgan_critic},
    {"dcgan-critic", "the same with batch norm, to a logit", 96, 2, {96, 96}, dcgan_critic},
    {"wgan3d-generator", "latent vector to a volume and its label", 512, 3, {128, 128, 64}, wgan3d_generator},
    {"wgan3d-critic", "volume and label to a score", 512, 3, {128, 128, 64}, wgan3d_critic},
    {"unet", "patch to vessel logits", 32, 2, {96, 96}, unet},
    {"unet3d", "volume to vessel logits", 16, 3, {128, 128, 64}, unet},
    {"pix2pix-generator", "time points of a slice to a map", 16, 3, {128, 128, 80}, pix2pix_generator},
    {"temp-pix2pix-generator", "the same, with convolutions over time first", 16, 3, {128, 128, 80},
        temp_pix2pix_generator},
    {"patch-discriminator", "time points and map to logits, one a patch", 64, 3, {128, 128, 80},
        patch_discriminator},
    {"inception-v3", "image to 2048 features", 0, 2, {299, 299}, inception},
    {"medicalnet-resnet10", "volume to 512 features", 0, 3, {128, 128, 64}, medicalnet},
};
#define N_NETS ((int)(sizeof NETS / sizeof NETS[0]))

const wil_net *wil_nets_list(int *n_out)
{
    *n_out = N_NETS;
    return NETS;
}

wil_status wil_nets_find(const wil_net **out, const char *name)
{
    const char *names[N_NETS];
    for (int i = 0; i < N_NETS; i++) {
        names[i] = NETS[i].name;
        *out = &NETS[i];
        if (strcmp(name, names[i]) == 0)
            return WIL_OK;
    }
    *out = NULL;
    const char *nearest = wil_nearest_word(name, names, N_NETS);
    return nearest != NULL
               ? wil_fail(WIL_ERR_ARG, "there is no network '%s'; did you mean '%s'?", name, nearest)
               : wil_fail(WIL_ERR_ARG, "there is no network '%s'; `willis graph --list` names all", name);
}

wil_status wil_nets_build(wil_node *out, wil_nn *nn, const wil_net *net, const wil_net_size *size)
{
    wil_net_size s = size != NULL ? *size : (wil_net_size){0};
    WIL_REQUIRE(s.filters == 0 || net->filters > 0, WIL_ERR_ARG,
        "%s comes with weights of a fixed width; leave filters out", net->name);
    s.batch = s.batch > 0 ? s.batch : 1;
    s.filters = s.filters > 0 ? s.filters : net->filters;
    for (int i = 0; i < net->n_size; i++)
        s.size[i] = s.size[i] > 0 ? s.size[i] : net->size[i];
    *out = net->build(nn, &s);
    return wil_fail_context(wil_graph_status(nn->graph), "%s", net->name);
}
