// What a site says of its user, as options.
const USER = ['identifier', 'identifierHash', 'name', 'email', 'phoneNumber', 'avatarUrl', 'customAttributes'];
