"""Where the cloud is, and as whom the box speaks to it: as the configuration says, or as it is enrolled."""

from gateway.config.sections.cloud import CloudSection
from provisioning.identity.folder import IdentityBroken, IdentityFolder
from sync.upload.credentials import CloudAddress, CredentialsUnusable


def cloud_address(cloud: CloudSection, identity: IdentityFolder | None = None) -> CloudAddress | None:
    """Return the service and the box's identity there; None without a cloud.

    A box that is enrolled needs nothing in the configuration: url, authority and certificate come from its
    enrolment, unless the configuration names a certificate or a token. A url there wins: the service may have
    moved since.

    Raises:
        CredentialsUnusable: the files of the enrolment cannot be used.
    """
    if cloud.url and (identity is None or cloud.cert or cloud.token_file):
        return CloudAddress(
            cloud.url, ca=cloud.ca, cert=cloud.cert, key=cloud.key, token_file=cloud.token_file
        )
    try:
        enrolment = None if identity is None else identity.enrolment()
        if identity is None or enrolment is None:
            return CloudAddress(cloud.url, ca=cloud.ca) if cloud.url else None
        pair = identity.current()
    except IdentityBroken as error:
        raise CredentialsUnusable(str(error)) from error
    own = None if pair is None else pair.path
    return CloudAddress(cloud.url or enrolment.url, ca=cloud.ca or identity.ca, cert=own, key=own)
